// Where visitors of hosts come in, by HTTP and by HTTPS, and the certificates that they are shown.
#pragma once

#include "async/deadline.hpp"
#include "async/task.hpp"
#include "expose/hosts.hpp"
#include "expose/metrics.hpp"
#include "expose/options.hpp"
#include "expose/tls/certificate_files.hpp"
#include "expose/web/entrance.hpp"
#include "forward/report.hpp"
#include "observe/log.hpp"

#include <functional>
#include <optional>

namespace towline::expose {

// Not thread-safe; use on its io_context. What it refers to outlives it.
class HttpEntrance {
 public:
  // Reads the certificates, however long the file system takes: before anything runs. `changed` is called
  // when problem() may say something else.
  HttpEntrance(asio::any_io_executor executor, const Options& options, Hosts& hosts, Metrics& counts,
               const observe::Log& log, std::function<void()> changed);

  // As web::Entrance's.
  Task<> accept(net::Acceptor& acceptor, web::Door door) { return entrance_.accept(acceptor, door); }
  void leave() { entrance_.leave(); }
  Task<> close(Deadline deadline) { return entrance_.close(deadline); }

  // Looks after the certificates, and after channels that wait for too long; until cancelled.
  Task<> run();

  // With TLS of ours: that there is no certificate that is valid now.
  std::optional<forward::Explanation> problem() const;

 private:
  Task<> watch_validity();
  void tell_certificates();

  asio::any_io_executor executor_;
  const Options& options_;
  Metrics& counts_;
  std::function<void()> changed_;
  web::Limits limits_;
  std::optional<tls::CertificateFiles> certificates_;
  web::Entrance entrance_;
};

}  // namespace towline::expose
