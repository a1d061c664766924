// What `towline help` says: on a screen, in whole, and as a page of the manual.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace towline::app {

// Commands and examples: 24 lines of 80 columns.
std::string help_screen();

// The screen, the options of commands, and every variable.
std::string help_all();

// towline(1), in roff's man macros; `version` is the program's.
std::string man_page(std::string_view version);

// Those of the screen, in its order.
std::vector<std::string_view> documented_commands();

}  // namespace towline::app
