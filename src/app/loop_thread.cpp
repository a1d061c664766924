#include "app/loop_thread.hpp"

#include "async/start_thread.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>

namespace towline::app {

LoopThread::LoopThread() : work_(context_.get_executor()), companions_(context_.get_executor()) {}

Result<> LoopThread::start(std::function<void(supervisor::Ending)> ended) {
  asio::co_spawn(context_, run(),
                 [ended = std::move(ended)](std::exception_ptr bug, supervisor::Ending ending) {
                   if (bug) std::rethrow_exception(bug);
                   ended(ending);
                 });
  auto thread = start_thread([this] { context_.run(); });
  if (!thread) return thread.error();
  thread_ = std::move(*thread);
  return {};
}

void LoopThread::release() {
  asio::post(context_, [this] { companions_.cancel(); });
  work_.reset();
}

void LoopThread::join() {
  release();
  if (thread_.joinable()) thread_.join();
}

}  // namespace towline::app
