// A target needs a file (precompiled_headers.cmake).
