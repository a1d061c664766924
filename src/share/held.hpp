// A -R of a client: what the server is asked to listen on for it, by one session after the other.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "share/client.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace towline::share {

struct Held {
  Held(const asio::any_io_executor& executor, std::shared_ptr<Client> whose, ssh::ListenAddress asked,
       std::optional<ssh::connection::RequestId> id, Deadline deadline)
      : client(std::move(whose)), address(std::move(asked)), request(id), until(deadline), changed(executor) {
    ++client->listens;
  }
  ~Held() { --client->listens; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // As the client names it: the port is 0 where the choice was the server's.
  std::shared_ptr<Client> client;
  ssh::ListenAddress address;
  // Not answered yet; the server has not said yes.
  bool asking = true;
  std::optional<ssh::connection::RequestId> request;
  Deadline until;  // for a session to be there
  // Once granted, and asked for again ever after.
  std::uint16_t port = 0;
  // The client has gone, or wants it no more: the answer to that is owed.
  bool over = false;
  std::optional<ssh::connection::RequestId> cancel;
  Event changed;  // over
};

}  // namespace towline::share
