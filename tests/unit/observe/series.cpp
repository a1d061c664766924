#include "unit/observe/series.hpp"

#include "endpoint/client_metrics.hpp"
#include "expose/metrics.hpp"
#include "observe/metrics.hpp"
#include "unit/observe/sample_facts.hpp"

#include <regex>
#include <sstream>

namespace towline::observe {

namespace {

// The family of a sample: histograms have three names for theirs.
std::string family_of(const std::string& sample, const std::map<std::string, Series>& known) {
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!sample.ends_with(suffix)) continue;
    auto base = sample.substr(0, sample.size() - suffix.size());
    if (known.contains(base)) return base;
  }
  return sample;
}

}  // namespace

std::map<std::string, Series> read_series(std::string_view exposition) {
  static const std::regex label(R"re(([a-z0-9_]+)="([^"]*)")re");
  std::map<std::string, Series> families;
  std::istringstream lines{std::string(exposition)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# ")) {
      std::istringstream words(line.substr(2));
      std::string keyword, name, rest;
      words >> keyword >> name;
      std::getline(words >> std::ws, rest);
      (keyword == "TYPE" ? families[name].type : families[name].help) = rest;
      continue;
    }
    const auto end = line.find_first_of("{ ");
    auto& family = families[family_of(line.substr(0, end), families)];
    ++family.samples;
    for (std::sregex_iterator found(line.begin(), line.end(), label), none; found != none; ++found) {
      if ((*found)[1] != "le") family.labels[(*found)[1]].insert((*found)[2]);
    }
  }
  return families;
}

std::string full_exposition() {
  ForwardTraits probed = sample_traits("db");
  probed.probed = probed.published = true;
  const endpoint::ClientMetrics clients;
  expose::Metrics entrance;
  entrance.certificates({{"example.com", "/tls/tls.crt", {}}});
  Metrics metrics(BuildInfo{}, {probed, sample_traits("cache")}, Log(Options{}));
  metrics.also([&clients, &entrance](FamilySet& families) {
    clients.collect(families);
    entrance.collect(families);
  });
  ForwardFacts forward = sample_forward("db", ForwardState::up);
  change(forward, [](ForwardStatus& status) {
    status.session = SessionInfo{};
    status.key = KeyInfo{};
    status.public_addresses = {"https://web.example"};
  });
  const ForwardFacts other = sample_forward("cache", ForwardState::backoff, ConnectFailure::auth);
  return metrics.expose(sample_facts({forward, other}), Exposition::text_0_0_4);
}

std::string metrics_table() {
  std::string ours, process;
  for (const auto& [name, series] : read_series(full_exposition())) {
    std::string labels;
    for (const auto& [label, values] : series.labels) labels += (labels.empty() ? "`" : ", `") + label + "`";
    if (labels.empty()) labels = "–";
    auto& part = name.starts_with("process_") ? process : ours;
    part += "| `" + name + "` | " + series.type + " | " + labels + " | " + series.help + " |\n";
  }
  return "| name | type | labels | meaning |\n|---|---|---|---|\n" + ours + process;
}

}  // namespace towline::observe
