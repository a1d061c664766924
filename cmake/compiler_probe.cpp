// Counts objects that are destroyed more often than they are made when they are temporaries of a co_await
// expression. g++ 12 destroys those of an aggregate and of a lambda's captures twice. Exits 0 if all is well.
#include <coroutine>
#include <utility>

namespace {

int live = 0;

struct Counted {
  Counted() { ++live; }
  Counted(const Counted &) { ++live; }
  Counted(Counted &&) noexcept { ++live; }
  Counted &operator=(const Counted &) = default;
  Counted &operator=(Counted &&) = default;
  ~Counted() { --live; }
};

struct Pair {
  Counted first;
  Counted second;
};

struct Task {
  struct promise_type {
    Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };

  explicit Task(std::coroutine_handle<promise_type> made) : handle(made) {}
  Task(Task &&other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  ~Task() {
    if (handle) handle.destroy();
  }

  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<>) const {
    handle.resume();
    return false;
  }
  void await_resume() const {}

  std::coroutine_handle<promise_type> handle;
};

Task take_pair(Pair) { co_return; }

template <class Function>
Task take_function(Function) {
  co_return;
}

Task probe() {
  co_await take_pair(Pair{Counted{}, Counted{}});
  co_await take_pair({.first = Counted{}, .second = Counted{}});
  Counted captured;
  co_await take_function([captured] { (void)captured; });
}

}  // namespace

int main() {
  {
    Task task = probe();
    task.handle.resume();
  }
  return live == 0 ? 0 : 1;
}
