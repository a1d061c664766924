// A target needs a file (compile_once.cmake).
