# What every target of ours is compiled with (towline::compile_options) and how the product is linked
# (towline::static_link: static-pie, hardened).
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)
add_library(towline_compile_options INTERFACE)
add_library(towline::compile_options ALIAS towline_compile_options)
target_compile_options(towline_compile_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wold-style-cast
  -ffunction-sections -fdata-sections
  # the same binary from whatever directory it was built in
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_definitions(towline_compile_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)

if(TOWLINE_SANITIZE)
  target_compile_options(towline_compile_options INTERFACE
    -fsanitize=${TOWLINE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(towline_compile_options INTERFACE -fsanitize=${TOWLINE_SANITIZE})
else()
  # scripts/setup builds the libraries with the same.
  target_compile_options(towline_compile_options INTERFACE
    -D_GLIBCXX_ASSERTIONS $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>)
  # Not every compiler has each of them for every processor.
  set(CMAKE_REQUIRED_FLAGS -Werror)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
          -fcf-protection=full -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "TOWLINE_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      target_compile_options(towline_compile_options INTERFACE ${flag})
    endif()
  endforeach()
  unset(CMAKE_REQUIRED_FLAGS)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Debian 12's ld takes several times as long for the static binaries.
  check_linker_flag(CXX -fuse-ld=lld TOWLINE_HAS_LLD)
  if(TOWLINE_HAS_LLD)
    target_link_options(towline_compile_options INTERFACE -fuse-ld=lld)
  endif()
endif()
if(TOWLINE_COVERAGE)
  target_compile_options(towline_compile_options INTERFACE --coverage)
  target_link_options(towline_compile_options INTERFACE --coverage)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND TOWLINE_SANITIZE MATCHES "thread")
  # Asio uses atomic_thread_fence, which g++'s TSan does not model and says so for every file.
  target_compile_options(towline_compile_options INTERFACE -Wno-tsan)
endif()

string(REGEX MATCH "^arm" towline_arm32 "${CMAKE_SYSTEM_PROCESSOR}")
add_library(towline_static_link INTERFACE)
add_library(towline::static_link ALIAS towline_static_link)
if(NOT TOWLINE_SANITIZE AND NOT TOWLINE_COVERAGE)
  # For 32-bit ARM glibc has no start file of a static-pie.
  target_link_options(towline_static_link INTERFACE
    $<IF:$<BOOL:${towline_arm32}>,-static,-static-pie> -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack)
  # The relocations of a static-pie take a twentieth of the image otherwise.
  check_linker_flag(CXX -Wl,-z,pack-relative-relocs TOWLINE_HAS_RELR)
  if(TOWLINE_HAS_RELR AND NOT towline_arm32)
    target_link_options(towline_static_link INTERFACE -Wl,-z,pack-relative-relocs)
  endif()
endif()
