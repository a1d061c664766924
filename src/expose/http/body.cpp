#include "expose/http/body.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace towline::expose::web {

namespace {

// 2^60: more than any counter of ours is asked to hold.
constexpr std::size_t size_digits_max = 15;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_extension_octet(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f'); }

}  // namespace

BodyReader::BodyReader(Framing framing) : phase_(Phase::done), left_(framing.length) {
  switch (framing.kind) {
    case Framing::Kind::none: break;
    case Framing::Kind::length: phase_ = Phase::octets; break;
    case Framing::Kind::chunked: phase_ = Phase::size; break;
    case Framing::Kind::until_end: phase_ = Phase::until_end; break;
  }
  if (framing.kind == Framing::Kind::chunked) left_ = 0;
}

BodyReader::Piece BodyReader::next(std::string_view text) {
  Piece piece;
  const bool chunked = phase_ != Phase::octets || line_ > 0;
  while (piece.taken < text.size() && phase_ != Phase::done && phase_ != Phase::failed) {
    if (phase_ == Phase::until_end) return {text.size(), text};
    if (phase_ == Phase::octets) {
      const auto n = std::min<std::uint64_t>(left_, text.size() - piece.taken);
      piece.octets = text.substr(piece.taken, n);
      piece.taken += n;
      left_ -= n;
      if (left_ == 0) phase_ = chunked ? Phase::data_cr : Phase::done;
      return piece;
    }
    const char c = text[piece.taken];
    if (phase_ == Phase::trailers) {
      on_trailer_octet(c);
    } else {
      on_line_octet(c);
    }
    if (phase_ != Phase::failed) ++piece.taken;
  }
  return piece;
}

void BodyReader::on_line_octet(char c) {
  switch (phase_) {
    case Phase::size: {
      const auto digit = hex_value(c);
      if (digit >= 0 && line_ < size_digits_max) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        ++line_;
        return;
      }
      const bool ends = line_ > 0 && (c == '\r' || c == ';');
      phase_ = !ends ? Phase::failed : c == '\r' ? Phase::size_lf : Phase::extension;
      return;
    }
    case Phase::extension:
      if (c == '\r') {
        phase_ = Phase::size_lf;
      } else if (!is_extension_octet(c) || ++line_ > chunk_line_max) {
        phase_ = Phase::failed;
      }
      return;
    case Phase::size_lf:
      phase_ = c == '\n' ? Phase::octets : Phase::failed;
      if (c == '\n') end_of_size_line();
      return;
    case Phase::data_cr: phase_ = c == '\r' ? Phase::data_lf : Phase::failed; return;
    default: phase_ = c == '\n' ? Phase::size : Phase::failed; line_ = 0;
  }
}

void BodyReader::end_of_size_line() {
  line_ = 1;
  if (left_ == 0) phase_ = Phase::trailers;
}

void BodyReader::on_trailer_octet(char c) {
  trailers_ += c;
  if (trailers_ == "\r\n" || trailers_.ends_with("\r\n\r\n")) {
    phase_ = std::holds_alternative<Malformed>(parse_trailers(trailers_)) ? Phase::failed : Phase::done;
  } else if (trailers_.size() >= trailers_max) {
    phase_ = Phase::failed;
  }
}

bool BodyReader::end() {
  if (phase_ == Phase::until_end) phase_ = Phase::done;
  return done();
}

void append_body(std::string& to, Framing::Kind framing, std::string_view octets) {
  if (octets.empty()) return;
  if (framing != Framing::Kind::chunked) {
    to += octets;
    return;
  }
  std::array<char, 16> size{};
  const auto [end, ec] = std::to_chars(size.data(), size.data() + size.size(), octets.size(), 16);
  to.append(size.data(), end).append("\r\n").append(octets).append("\r\n");
}

void append_end(std::string& to, Framing::Kind framing, std::string_view trailers) {
  if (framing == Framing::Kind::chunked) to.append("0\r\n").append(trailers).append("\r\n");
}

}  // namespace towline::expose::web
