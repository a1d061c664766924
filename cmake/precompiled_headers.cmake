# What most files include anyway is compiled once: a first build takes a third less. CMAKE_DISABLE_PRECOMPILE_HEADERS turns
# it off: for clang-tidy, so that a missing include is found (scripts/lint), and where ccache is at work
# (toolchain.cmake), which could give nothing to another checkout any more.
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
