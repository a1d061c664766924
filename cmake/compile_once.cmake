# Headers that most files include are compiled once, and the sources of a target together (a unity build): on two cores the
# release build takes 82 s with both. Names in anonymous namespaces are unique in their folder for that.
# TOWLINE_SEPARATE turns both off: for scripts/lint, so that a missing include is found, and where ccache is at
# work (toolchain.cmake), which could give nothing to another checkout any more.
option(TOWLINE_SEPARATE "compile each file by itself" OFF)
if(TOWLINE_SEPARATE)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
else()
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ takes what a unity file includes for headers, whose anonymous namespaces it warns about.
    target_compile_options(towline_compile_options INTERFACE -Wno-subobject-linkage)
  endif()
endif()

set(towline_common_headers
  <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <span> <string> <string_view> <utility> <vector>
  <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp>
  <boost/asio/post.hpp> <boost/asio/steady_timer.hpp>)

# Makes the target NAME, which others name behind REUSE_FROM. HEADERS come on top of those that all have.
function(towline_precompiled_headers name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINK;OPTIONS" ${ARGN})
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
  target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  target_link_libraries(${name} PRIVATE towline::compile_options Boost::headers ${ARG_LINK})
  target_precompile_headers(${name} PRIVATE ${towline_common_headers} ${ARG_HEADERS})
endfunction()
