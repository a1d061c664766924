// What an endpoint shows its clients: its host keys, and which algorithms it speaks.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/keys/signing_key.hpp"
#include "ssh/transport/algorithms.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

struct ssh_bind_struct;

namespace towline::ssh {

// The keys as libssh has them. Made once for a thread and shared by its transports, which it outlives; the
// SigningKeys are not needed any more. Not thread-safe.
class ServerKeys {
 public:
  // One key of a kind at most (Ed25519, ECDSA, RSA): libssh keeps no more. A certificate of one of them is
  // shown in its place to clients that take certificates. Errors: key_file_invalid, also without any key;
  // host_certificate_invalid.
  static Result<ServerKeys> import(std::span<const SigningKey> keys, const AlgorithmOptions& wish = {},
                                   std::span<const Certificate> certificates = {});

  // In the order in which they were given.
  const std::vector<HostKey>& public_keys() const { return public_keys_; }
  // The one that signs with `algorithm`; nullptr for none.
  const HostKey* key_for(std::string_view algorithm) const;
  // What is shown under it (K_S of RFC 4253, 8): that key, or its certificate.
  const HostKey* shown_for(std::string_view algorithm) const;
  const Algorithms& algorithms() const { return algorithms_; }

 private:
  friend class ServerTransport;
  using Buffer = std::vector<std::uint8_t>;
  struct Library;
  struct FreeLibrary {
    void operator()(Library* library) const;
  };
  struct FreeBind {
    void operator()(ssh_bind_struct* bind) const;
  };

  ServerKeys();
  Result<> add(const SigningKey& key, std::span<const Certificate> certificates);
  Result<> offer(const AlgorithmOptions& wish);

  std::unique_ptr<Library, FreeLibrary> library_;  // libssh counts its users
  std::unique_ptr<ssh_bind_struct, FreeBind> bind_;
  std::vector<HostKey> public_keys_;
  std::vector<HostKey> certificates_;  // as they are shown
  Algorithms algorithms_;
  Buffer scratch_;  // for the read() that runs; empty while it does
};

}  // namespace towline::ssh
