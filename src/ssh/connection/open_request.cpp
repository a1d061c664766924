#include "ssh/connection/open_request.hpp"

namespace towline::ssh::connection {

namespace {

struct Type {
  std::string_view operator()(const DirectTcpip&) const { return "direct-tcpip"; }
  std::string_view operator()(const DirectStreamlocal&) const { return "direct-streamlocal@openssh.com"; }
  std::string_view operator()(const SessionChannel&) const { return "session"; }
  std::string_view operator()(const ForwardedTcpip&) const { return "forwarded-tcpip"; }
  std::string_view operator()(const ForwardedStreamlocal&) const {
    return "forwarded-streamlocal@openssh.com";
  }
  std::string_view operator()(const OpaqueChannel& opaque) const { return opaque.type; }
};

struct Payload {
  Outbox::Message& message;

  void ends(const net::HostPort& to, const net::HostPort& from) const {
    message.string(to.host).u32(to.port).string(from.host).u32(from.port);
  }
  void operator()(const DirectTcpip& tcp) const { ends(tcp.target, tcp.originator); }
  void operator()(const DirectStreamlocal& local) const {
    message.string(local.path).string("").u32(0);  // two reserved fields
  }
  void operator()(const SessionChannel&) const {}
  void operator()(const ForwardedTcpip& tcp) const { ends(tcp.listener, tcp.originator); }
  void operator()(const ForwardedStreamlocal& local) const { message.string(local.path).string(""); }
  void operator()(const OpaqueChannel& opaque) const { message.raw(opaque.payload); }
};

}  // namespace

std::uint32_t open_failure_code(errc reason) {
  switch (reason) {
    case errc::open_administratively_prohibited: return 1;
    case errc::open_unknown_channel_type: return 3;
    case errc::open_resource_shortage: return 4;
    default: return 2;
  }
}

errc open_failure(std::uint32_t code) {
  switch (code) {
    case 1: return errc::open_administratively_prohibited;
    case 3: return errc::open_unknown_channel_type;
    case 4: return errc::open_resource_shortage;
    default: return errc::open_connect_failed;
  }
}

std::string_view type_of(const OpenRequest& request) { return std::visit(Type{}, request); }

void write_payload(Outbox::Message& message, const OpenRequest& request) {
  std::visit(Payload{message}, request);
}

}  // namespace towline::ssh::connection
