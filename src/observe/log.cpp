#include "observe/log.hpp"

#include "observe/line_writer.hpp"
#include "observe/rate_limit.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::observe {

namespace {

constexpr std::chrono::seconds repeat_interval{30};

// Stands where `lines` others would.
std::string dropped_line(LogFormat format, const Instant& now, std::uint64_t lines) {
  const std::array fields{Field{"dropped", lines}};
  const auto rendered = render_fields(format, fields);
  const auto message =
      std::to_string(lines) + (lines == 1 ? " line was" : " lines were") + " dropped while stderr took none";
  return render(format, {.time = now.wall,
                         .level = Level::warn,
                         .event = "log.dropped",
                         .message = message,
                         .rendered_fields = rendered});
}

std::string_view text_of(std::span<const Field> fields, std::string_view key) {
  for (const Field& field : fields) {
    const auto* text = std::get_if<std::string_view>(&field.value);
    if (field.key == key && text) return *text;
  }
  return {};
}

// What makes lines equal, as the limit's key; the parts hold no NUL.
struct Repeat {
  Level level = Level::info;
  std::string_view event;
  std::string_view forward;
  std::string_view reason;

  std::string key() const {
    std::string out(1, static_cast<char>(level));
    for (const auto part : {event, forward, reason}) out.append(part).append(1, '\0');
    return out;
  }

  static Repeat from(std::string_view key) {
    Repeat repeat{.level = static_cast<Level>(key.front()), .event = {}, .forward = {}, .reason = {}};
    key.remove_prefix(1);
    for (auto* part : {&repeat.event, &repeat.forward, &repeat.reason}) {
      *part = key.substr(0, key.find('\0'));
      key.remove_prefix(part->size() + 1);
    }
    return repeat;
  }
};

}  // namespace

struct Log::Shared {
  LogFormat format;
  Sink sink;
  Clock clock;
  std::unique_ptr<LineWriter> to_stderr;  // where the sink is that
  std::atomic<Level> level;
  std::array<std::atomic<std::uint64_t>, 5> written{};
  std::atomic<std::uint64_t> suppressed{0};
  std::mutex mutex;  // the sink and the limit
  RateLimit limit{repeat_interval};

  // Under the mutex.
  void put(const LogLine& line) {
    written.at(static_cast<std::size_t>(line.level)).fetch_add(1, std::memory_order_relaxed);
    sink(render(format, line));
  }
  void put(const std::vector<RateLimit::Run>& runs, const Instant& now);
};

void Log::Shared::put(const std::vector<RateLimit::Run>& runs, const Instant& now) {
  for (const auto& run : runs) {
    const auto repeat = Repeat::from(run.key);
    const auto last = rfc3339(now.wall - std::chrono::duration_cast<Wall::duration>(now.steady - run.last));
    std::vector<Field> fields;
    if (!repeat.forward.empty()) fields.emplace_back("forward", repeat.forward);
    if (!repeat.reason.empty()) fields.emplace_back("reason", repeat.reason);
    fields.emplace_back("suppressed", run.suppressed);
    fields.emplace_back("last", last);
    const auto rendered = render_fields(format, fields);
    put({.time = now.wall,
         .level = repeat.level,
         .event = repeat.event,
         .message = "repeated; further lines were suppressed",
         .rendered_fields = rendered});
  }
}

Log::Log(Options options, Sink sink, Clock clock) : shared_(std::make_shared<Shared>()) {
  shared_->format = options.log_format;
  shared_->sink = std::move(sink);
  shared_->clock = clock ? std::move(clock) : Clock(Instant::now);
  shared_->level = options.log_level;
  if (shared_->sink) return;
  shared_->to_stderr = std::make_unique<LineWriter>(
      STDERR_FILENO, [format = shared_->format, now = shared_->clock](std::uint64_t dropped) {
        return dropped_line(format, now(), dropped);
      });
  shared_->sink = [&writer = *shared_->to_stderr](std::string_view line) { writer.write(line); };
}

Log Log::with(Fields fields) const {
  Log child = *this;
  child.scope_ += render_fields(shared_->format, fields);
  if (const auto forward = text_of(fields, "forward"); !forward.empty()) child.forward_ = forward;
  return child;
}

Log Log::repeatable() const {
  Log child = *this;
  child.repeatable_ = true;
  return child;
}

void Log::error(std::string_view event, std::string_view message, Fields fields) const {
  write(Level::error, event, message, fields);
}
void Log::warn(std::string_view event, std::string_view message, Fields fields) const {
  write(Level::warn, event, message, fields);
}
void Log::info(std::string_view event, std::string_view message, Fields fields) const {
  write(Level::info, event, message, fields);
}
void Log::debug(std::string_view event, std::string_view message, Fields fields) const {
  write(Level::debug, event, message, fields);
}
void Log::trace(std::string_view event, std::string_view message, Fields fields) const {
  write(Level::trace, event, message, fields);
}

void Log::write(Level level, std::string_view event, std::string_view message,
                std::span<const Field> fields) const {
  if (!enabled(level)) return;
  const Instant now = shared_->clock();
  const auto left = fields_bytes_max - std::min(fields_bytes_max, scope_.size());
  std::string rendered = scope_ + render_fields(shared_->format, fields, left);

  const std::lock_guard lock(shared_->mutex);
  if (repeatable_ && level <= Level::info) {
    const auto own_forward = text_of(fields, "forward");
    const Repeat repeat{.level = level,
                        .event = event,
                        .forward = own_forward.empty() ? forward_ : own_forward,
                        .reason = text_of(fields, "reason")};
    const auto decision = shared_->limit.admit(repeat.key(), now.steady);
    if (!decision.write) {
      shared_->suppressed.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (decision.suppressed > 0) {
      const std::array count{Field{"suppressed", decision.suppressed}};
      rendered += render_fields(shared_->format, count);
    }
  }
  shared_->put(
      {.time = now.wall, .level = level, .event = event, .message = message, .rendered_fields = rendered});
}

void Log::sum_up() const {
  const Instant now = shared_->clock();
  const std::lock_guard lock(shared_->mutex);
  shared_->put(shared_->limit.take_ended(now.steady), now);
}

void Log::sum_up_all() const {
  const Instant now = shared_->clock();
  const std::lock_guard lock(shared_->mutex);
  shared_->put(shared_->limit.take_all(), now);
}

void Log::flush() const {
  if (shared_->to_stderr) shared_->to_stderr->flush(SideThread::last_patience);
}

bool Log::enabled(Level level) const { return level <= shared_->level.load(std::memory_order_relaxed); }

void Log::set_level(Level level) const { shared_->level.store(level, std::memory_order_relaxed); }

Log::Counts Log::counts() const {
  Counts counts;
  for (std::size_t i = 0; i < counts.written.size(); ++i) {
    counts.written[i] = shared_->written[i].load(std::memory_order_relaxed);
  }
  counts.suppressed = shared_->suppressed.load(std::memory_order_relaxed);
  if (shared_->to_stderr) counts.dropped = shared_->to_stderr->dropped();
  return counts;
}

}  // namespace towline::observe
