// Where a body ends, octet by octet, and how it is framed again for the other side. Pure. Keeps no octet of
// it, so that a body that pauses costs nothing: Beast's parser would want the line that begins a chunk in one
// buffer, and takes extensions of any length.
#pragma once

#include "expose/http/head.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace towline::expose::web {

class BodyReader {
 public:
  // Size, extensions and line end of a chunk; nobody who means well has more.
  static constexpr std::size_t chunk_line_max = 256;
  static constexpr std::size_t trailers_max = 8 * 1024;

  struct Piece {
    std::size_t taken = 0;    // of what was given
    std::string_view octets;  // of the body, within that
  };

  explicit BodyReader(Framing framing);

  // The next of the body in `text`, which begins where the last one was taken: call it until all is taken or
  // done(). Takes nothing more once it has failed.
  Piece next(std::string_view text);

  bool done() const { return phase_ == Phase::done; }
  bool failed() const { return phase_ == Phase::failed; }
  // Nothing more comes. False: it is cut.
  bool end();
  // The fields behind the last chunk, with their empty line.
  const std::string& trailers() const { return trailers_; }

 private:
  enum class Phase { octets, until_end, size, extension, size_lf, data_cr, data_lf, trailers, done, failed };

  void on_line_octet(char c);
  void end_of_size_line();
  void on_trailer_octet(char c);

  Phase phase_;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::size_t line_ = 0;    // octets of the chunk's first line
  std::string trailers_;
};

// How much more than the octets themselves a chunk takes, and the end of a body.
inline constexpr std::size_t chunk_overhead = 20;

// Appends `octets`, none or more, as `framing` wants them.
void append_body(std::string& to, Framing::Kind framing, std::string_view octets);
// And what ends the body: nothing but for chunks. `trailers` are lines, each with its end.
void append_end(std::string& to, Framing::Kind framing, std::string_view trailers = {});

}  // namespace towline::expose::web
