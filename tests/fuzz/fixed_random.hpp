// OpenSSL's random numbers, the same ones in each run: what crashes once has to crash again.
#pragma once

namespace towline::fuzz {

// From here on the same sequence again, for the whole process.
void begin_fixed_random();

}  // namespace towline::fuzz
