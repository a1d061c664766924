# Refuses a compiler that miscompiles coroutines, before anything is built with it.
set(towline_good_compilers "Use g++ 14 or newer, or clang 19 or newer (Debian 12 has clang-19; scripts/setup installs it).")

if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "Coroutine probe skipped: cross-compiling. ${towline_good_compilers}")
else()
  if(NOT DEFINED TOWLINE_PROBE_RESULT)
    message(STATUS "Checking that the compiler destroys co_await temporaries once")
  endif()
  try_run(TOWLINE_PROBE_RESULT TOWLINE_PROBE_COMPILED
    ${CMAKE_BINARY_DIR}/compiler_probe ${CMAKE_CURRENT_LIST_DIR}/compiler_probe.cpp
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    COMPILE_OUTPUT_VARIABLE towline_probe_output)
  if(NOT TOWLINE_PROBE_COMPILED)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) cannot "
      "compile coroutines. ${towline_good_compilers}\n${towline_probe_output}")
  elseif(NOT TOWLINE_PROBE_RESULT EQUAL 0)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) destroys "
      "co_await temporaries twice, which corrupts memory. ${towline_good_compilers}")
  endif()
endif()
