// Hashes of crypt(3), of the password "x".
#pragma once

#include <string>

namespace towline::ssh {

inline const std::string sha512_of_x =
    "$6$abc$K4v3HcZ8yAmpRfxML6S46NCcqy9r4/KdbQpFvqSWsBf4dgySOEOo1DHJTrmn2BsJK2aNmPN8Tfb826D2o9.z51";
inline const std::string yescrypt_of_x = "$y$j9T$abcd$5ZeaavQmS6tWE3reXsfHtJf07p2B4x9UMmwVgSTdix.";

}  // namespace towline::ssh
