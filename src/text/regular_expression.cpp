#include "text/regular_expression.hpp"

#include <boost/regex.hpp>

#include <exception>
#include <utility>

namespace towline::text {

struct RegularExpression::Compiled {
  boost::regex expression;
  bool too_much = false;
};

// Boost.Regex knows no other way than to throw.
boost::system::result<RegularExpression, std::string> RegularExpression::compile(
    const std::string& expression) {
  try {
    return RegularExpression(std::make_shared<Compiled>(Compiled{boost::regex(expression)}));
  } catch (const std::exception& wrong) {
    return std::string(wrong.what());
  }
}

std::size_t RegularExpression::groups() const { return compiled_->expression.mark_count(); }

bool RegularExpression::is_too_much() const { return compiled_->too_much; }

std::optional<std::string> RegularExpression::first_group(std::string_view line) const {
  if (compiled_->too_much) return std::nullopt;
  line = line.substr(0, line_max);
  try {
    boost::cmatch match;
    if (!boost::regex_search(line.data(), line.data() + line.size(), match, compiled_->expression))
      return std::nullopt;
    const auto& found = match[groups() > 0 ? 1 : 0];
    return found.matched ? std::optional(found.str()) : std::nullopt;
  } catch (const std::exception&) {
    compiled_->too_much = true;
    return std::nullopt;
  }
}

}  // namespace towline::text
