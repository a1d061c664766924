#include "app/build.hpp"
#include "build_info.hpp"

namespace towline::app {

namespace {

constexpr std::string_view others = R"(
libssh2, BSD-3-Clause
  Copyright 2004-2023 Sara Golemon, Daniel Stenberg, Simon Josefsson and others; with patches (third_party/libssh2)
OpenSSL, Apache-2.0
  Copyright 1998-2026 The OpenSSL Project Authors
Boost, BSL-1.0
  Copyright of the authors of Asio, Beast, JSON, Program_options and what they use
c-ares, MIT
  Copyright 1998 Massachusetts Institute of Technology, 2007-2023 Daniel Stenberg and others
prometheus-cpp, MIT
  Copyright 2016-2021 Jupp Mueller, 2017-2022 Gregor Jasny
zlib, Zlib
  Copyright 1995-2023 Jean-loup Gailly and Mark Adler
libxcrypt, LGPL-2.1-or-later
  Copyright 2002-2007 Thorsten Kukuk, 2018-2021 Björn Esser, and others; its source is Debian's package libxcrypt
GNU C Library, LGPL-2.1-or-later
  Copyright 1991-2025 Free Software Foundation; its source is Debian's package glibc
GNU C++ Library, GPL-3.0-or-later with the GCC Runtime Library Exception
  Copyright 1997-2025 Free Software Foundation; its source is Debian's package of GCC

Full texts: /licenses in the image; in Debian /usr/share/common-licenses and /usr/share/doc/PACKAGE/copyright.
)";

}  // namespace

std::string licenses_text() {
  std::string text =
      "towline " + std::string(revision()) + ", MIT\n  Copyright 2026 towline contributors\n\n";
  text +=
      "Linked in, statically:\n\nlibssh " + std::string(build_info::libssh_version) + ", LGPL-2.1-or-later\n";
  text +=
      "  Copyright 2003-2026 Aris Adamantiadis, Andreas Schneider, Jakub Jelen and others\n"
      "  Its source is Debian's source package of that version, with the patches in third_party/libssh of\n"
      "  towline's source. You may change it and link towline anew: third_party/libssh/README.md of the "
      "revision\n"
      "  above has the steps.\n";
  return text.append(others);
}

}  // namespace towline::app
