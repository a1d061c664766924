#include "publish/conversation.hpp"

#include "async/task_group.hpp"
#include "ssh/wire/message.hpp"
#include "ssh/wire/writer.hpp"

#include <algorithm>
#include <utility>

namespace towline::publish {

namespace {

std::string_view as_text(ssh::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Conversation::Conversation(ssh::Session& session, const Options& options, std::vector<AskedForward> forwards,
                           std::chrono::milliseconds answer_timeout, Listener& listener)
    : session_(session),
      options_(options),
      dialect_(dialect_of(*options.service)),
      answer_timeout_(answer_timeout),
      listener_(listener),
      book_(std::move(forwards), dialect_.renews),
      introduced_now_(session.connection().executor()) {
  if (options.url_pattern.empty()) return;
  if (auto compiled = text::RegularExpression::compile(options.url_pattern)) pattern_ = *std::move(compiled);
}

Task<> Conversation::run() {
  const auto deadline = std::chrono::steady_clock::now() + answer_timeout_;
  auto opened = co_await session_.open(ssh::connection::SessionChannel{}, deadline);
  if (co_await cancelled()) co_return;
  if (!opened) {
    end("it opens no session: " + opened.error().message());
    co_return introduce();
  }
  channel_.emplace(std::move(*opened));
  channel_->tell(this);
  ask();
  introduce();
  TaskGroup reading(session_.connection().executor());
  reading.spawn(read());
  reading.spawn(read_stderr());
  co_await reading.join();
  if (co_await cancelled()) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    reading.cancel();
    co_await reading.join();
  }
  channel_->close();
  channel_.reset();
}

void Conversation::ask() {
  if (!options_.words.empty()) {
    channel_->request("exec", true, ssh::MessageWriter().string(options_.words).take());
  } else if (dialect_.wants_shell) {
    channel_->request("shell", true, {});
  }
}

void Conversation::introduce() {
  introduced_ = true;
  introduced_now_.notify_all();
}

Task<error_code> Conversation::wait_introduced() {
  while (!introduced_) {
    if (const auto ec = co_await introduced_now_.wait()) co_return ec;
  }
  co_return error_code{};
}

Task<> Conversation::read() {
  Lines lines;
  for (;;) {
    const auto come = co_await channel_->wait_unread();
    if (!come) {
      const bool of_itself = !co_await cancelled() && !session_.connection().end();
      if (of_itself) end("it has ended the session" + exit_);
      co_return;
    }
    if (come->empty()) lines.finish();
    lines.feed(as_text(*come));
    const bool changed = hear(lines, false);
    if (come->empty()) {
      end("it has ended the session" + exit_);
      co_await channel_->wait_closed();
      co_return;
    }
    channel_->consume(come->size());
    if (changed) listener_.on_change();
  }
}

Task<> Conversation::read_stderr() {
  Lines lines;
  for (;;) {
    const auto come = co_await channel_->wait_unread_stderr();
    if (!come || come->empty()) co_return;
    lines.feed(as_text(*come));
    const bool changed = hear(lines, true);
    channel_->consume_stderr(come->size());
    if (changed) listener_.on_change();
  }
}

bool Conversation::hear(Lines& lines, bool stderr) {
  bool changed = false;
  Lines::Line line;
  while (lines.next(line)) {
    listener_.on_text(line.text);
    auto said = line.cut ? std::nullopt : read_line(dialect_, pattern_ ? &*pattern_ : nullptr, line.text);
    if ((!said && stderr) || ((!said || said->withdrawn) && is_complaint(dialect_, line.text)))
      listener_.on_complaint(line.text);
    if (!said) continue;
    book_.take(*std::move(said));
    changed = true;
  }
  return changed;
}

void Conversation::end(std::string why) {
  if (over_) return;
  over_ = std::move(why);
  listener_.on_change();
}

void Conversation::listens(std::string_view forward, std::uint16_t port) {
  if (book_.listens(forward, port)) listener_.on_change();
}

void Conversation::refused(std::string_view forward) {
  if (book_.refused(forward)) listener_.on_change();
}

Judgement Conversation::judgement(std::string_view forward) const {
  const auto expected = std::ranges::find(options_.expected, forward, &Expected::forward);
  return judge(book_.addresses(forward),
               expected == options_.expected.end() ? std::string_view() : expected->address);
}

void Conversation::on_request(std::string_view type, ssh::Bytes payload,
                              std::optional<ssh::connection::RequestId> id) {
  if (id) channel_->answer(*id, false);
  if (type != "exit-status") return;
  ssh::Reader reader(payload);
  exit_ = ", with exit status " + std::to_string(reader.u32());
}

void Conversation::on_reply(bool success) {
  if (!success && !options_.words.empty()) listener_.on_words_refused();
}

}  // namespace towline::publish
