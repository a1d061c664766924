# Everything that towline links, as imported targets. The three libraries that Debian has in no usable form come
# from build/deps, where scripts/setup puts them. The product is static; a sanitized build is not.
set(TOWLINE_DEPS ${CMAKE_SOURCE_DIR}/build/deps CACHE PATH "where scripts/setup built the dependencies")

if(NOT EXISTS ${TOWLINE_DEPS}/libssh2/version OR NOT EXISTS ${TOWLINE_DEPS}/libssh/version
    OR NOT EXISTS ${TOWLINE_DEPS}/prometheus-cpp)
  message(FATAL_ERROR "${TOWLINE_DEPS} is missing, or a part of it: run scripts/setup first.")
endif()

if(TOWLINE_SANITIZE)
  set(towline_static OFF)
else()
  set(towline_static ON)
endif()

find_package(Threads REQUIRED)

set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS program_options json)

set(OPENSSL_USE_STATIC_LIBS ${towline_static})
find_package(OpenSSL 3.0 MODULE REQUIRED COMPONENTS Crypto SSL)
if(towline_static AND OPENSSL_VERSION VERSION_GREATER_EQUAL 3.2)
  # Since 3.2 libcrypto compresses TLS certificates, and FindOpenSSL does not know that its archive needs this. It would
  # need zstd too, a twelfth of the image: our object replaces the member of the archive that does.
  find_library(TOWLINE_LIBZ libz.a REQUIRED)
  add_library(towline_no_zstd OBJECT ${CMAKE_CURRENT_LIST_DIR}/no_zstd.c)
  set_property(TARGET OpenSSL::Crypto APPEND PROPERTY INTERFACE_LINK_LIBRARIES
    ${TOWLINE_LIBZ} $<TARGET_OBJECTS:towline_no_zstd>)
endif()

if(towline_static)
  find_library(TOWLINE_LIBCARES libcares.a REQUIRED)
else()
  find_library(TOWLINE_LIBCARES cares REQUIRED)
endif()
find_path(TOWLINE_CARES_INCLUDE ares.h REQUIRED)
add_library(towline_cares UNKNOWN IMPORTED GLOBAL)
add_library(towline::cares ALIAS towline_cares)
set_target_properties(towline_cares PROPERTIES
  IMPORTED_LOCATION ${TOWLINE_LIBCARES}
  INTERFACE_INCLUDE_DIRECTORIES ${TOWLINE_CARES_INCLUDE})

# crypt(3): libxcrypt, for passwords.
if(towline_static)
  find_library(TOWLINE_LIBCRYPT libcrypt.a REQUIRED)
else()
  find_library(TOWLINE_LIBCRYPT crypt REQUIRED)
endif()
find_path(TOWLINE_CRYPT_INCLUDE crypt.h REQUIRED)
add_library(towline_crypt UNKNOWN IMPORTED GLOBAL)
add_library(towline::crypt ALIAS towline_crypt)
set_target_properties(towline_crypt PROPERTIES
  IMPORTED_LOCATION ${TOWLINE_LIBCRYPT}
  INTERFACE_INCLUDE_DIRECTORIES ${TOWLINE_CRYPT_INCLUDE})

# One that scripts/setup has patched, for the sanitizers too: towline::NAME, and VERSION to what it is.
function(towline_patched_library name version)
  set(folder ${TOWLINE_DEPS}/${name})
  if(TOWLINE_SANITIZE MATCHES "address" AND EXISTS ${folder}-asan/version)
    string(APPEND folder -asan)
  endif()
  add_library(towline_${name} STATIC IMPORTED GLOBAL)
  add_library(towline::${name} ALIAS towline_${name})
  set_target_properties(towline_${name} PROPERTIES
    IMPORTED_LOCATION ${folder}/lib/${name}.a
    INTERFACE_INCLUDE_DIRECTORIES ${folder}/include
    INTERFACE_LINK_LIBRARIES OpenSSL::Crypto)
  file(STRINGS ${folder}/version text LIMIT_COUNT 1)
  set(${version} ${text} PARENT_SCOPE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/version)
endfunction()
towline_patched_library(libssh2 TOWLINE_LIBSSH2_VERSION)
towline_patched_library(libssh TOWLINE_LIBSSH_VERSION)

find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core PATHS ${TOWLINE_DEPS}/prometheus-cpp NO_DEFAULT_PATH)

if(TOWLINE_TESTS)
  find_package(GTest REQUIRED)
endif()

# "build_info.hpp": what `towline version` prints.
set(TOWLINE_REVISION "" CACHE STRING "source revision, empty to ask git")
set(towline_revision "${TOWLINE_REVISION}")
if(NOT towline_revision)
  find_package(Git QUIET)
  if(Git_FOUND)
    execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty --abbrev=12
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
      OUTPUT_VARIABLE towline_revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(NOT towline_revision)
    set(towline_revision unknown)
  endif()
  if(EXISTS ${CMAKE_SOURCE_DIR}/.git/logs/HEAD)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/.git/logs/HEAD)
  endif()
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/build_info.hpp.in ${CMAKE_BINARY_DIR}/generated/build_info.hpp @ONLY)
add_library(towline_build_info INTERFACE)
add_library(towline::build_info ALIAS towline_build_info)
target_include_directories(towline_build_info INTERFACE ${CMAKE_BINARY_DIR}/generated)
