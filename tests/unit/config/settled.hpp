// An environment and what is on the disk, read and settled, with everything that is said about it.
#pragma once

#include "config/combinations.hpp"
#include "config/publish.hpp"
#include "config/settle.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::config {

using Paths = std::map<std::string, FileFacts>;

inline FileFacts a_file(bool readable = true) {
  FileFacts facts;
  facts.kind = FileKind::regular;
  facts.readable = readable;
  facts.our_uid = facts.our_gid = 1000;
  return facts;
}

inline FileFacts a_folder(bool writable) {
  FileFacts facts;
  facts.kind = FileKind::directory;
  facts.writable = writable;
  return facts;
}

struct Settled {
  Reading reading;
  Findings findings;

  const Config& config() const { return reading.draft.config; }
  std::vector<std::string> problems() const {
    std::vector<std::string> out;
    for (const auto& problem : findings.problems) out.push_back(to_string(problem));
    return out;
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const auto& warning : findings.warnings) out.push_back(to_string(warning));
    return out;
  }
  Setting setting(std::string_view name) const {
    return *std::ranges::find(reading.settings, name, &Setting::name);
  }
  std::vector<std::string> forwards() const {
    std::vector<std::string> out;
    for (const auto& spec : config().forwards) out.push_back(spec.name + ' ' + spec_text(spec));
    return out;
  }
};

inline Settled settled(Env::Values values, const Paths& paths) {
  Settled result;
  const Env env(std::move(values));
  result.reading = read_fields(env, fields(), result.findings);
  const InspectFile inspect = [&](const std::string& path) {
    const auto found = paths.find(path);
    return found == paths.end() ? FileFacts() : found->second;
  };
  take_published_hosts(result.reading, result.findings);
  check_written(result.reading, fields(), result.findings);
  settle(result.reading, fields(), inspect, result.findings);
  check_combinations(env, result.reading, inspect, result.findings);
  return result;
}

// With a key and known host keys, so that only what a test is about is left to say.
inline Settled settled(Env::Values values) {
  values.try_emplace("SSH_KNOWN_HOSTS", "host ssh-ed25519 AAAA");
  return settled(std::move(values), {{"/id_rsa", a_file()}});
}

}  // namespace towline::config
