#include "config/key_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::config {
namespace {

// Nothing anybody uses: 64 characters of `head -c 48 /dev/urandom | base64`.
constexpr const char* random_line = "q5Wm0Zt1u8yVJc2LrXk4NfTgB7hDsQeP9oA3iEwK6MjYnRvCxU0zGb5HlSdF2Oa8";

TEST(KeyText, a_private_key_is_known_in_whatever_form_it_comes) {
  const std::string pem =
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
  const std::string table[] = {
      pem,
      R"(-----BEGIN RSA PRIVATE KEY-----\nMIIE\n)",
      "-----BEGIN EC PRIVATE KEY----- MHcC",
      "'-----BEGIN PRIVATE KEY-----'",
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\r\nMIIF\r\n",
      "-----BEGIN+RSA+PRIVATE+KEY-----%0AMIIE",
      "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
      "PuTTY-User-Key-File-3: ssh-ed25519",
      "Private-Lines: 1",
      "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU",
      "LS0tLS1CRUdJTiBPUEVOU1NI",
      "LS0tLS1C\nRUdJTiBPUEVOU1NI",
      "TFMwdExTMUNSVWRKVGlC",
      "2d2d2d2d2d424547494e2052",
      "MHcCAQEEIA",
      "-o IdentityFile=\"-----BEGIN RSA PRIVATE KEY-----\"",
  };
  for (const auto& text : table) EXPECT_EQ(find_key(text), KeyText::private_key) << text;
}

TEST(KeyText, a_line_from_the_middle_of_a_key_is_a_part_of_one) {
  for (const std::string& text :
       {std::string(random_line), "/" + std::string(random_line), "user@" + std::string(random_line),
        std::string(random_line).substr(16), std::string("-----BEGIN CERTIFICATE-----"),
        std::string("x -----END RSA")}) {
    EXPECT_EQ(find_key(text), KeyText::part) << text;
  }
}

// The first lines of `openssl genpkey` by what they hold, which is all header, and so has little of chance in
// it.
TEST(KeyText, a_header_line_of_a_key_is_a_part_of_one) {
  for (const std::string text : {"MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgFAZoeQ/hPDwICCAAw",
                                 "MIIJnDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQIAAAAAAAAAAACAggA",
                                 "MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                 "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQAAAAAAAAAAAAAA",
                                 "MIGkAgEBBDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAoAcGBSuBBAAioWQDYgAE"}) {
    EXPECT_NE(find_key(text), KeyText::none) << text;
  }
}

TEST(KeyText, what_people_set_is_no_key) {
  for (const std::string_view text :
       {"", "bastion-Prod-eu-west-1a.internal.example.com", "2001:db8::1", "i-0abcdef1234567890",
        "ip-10-0-0-1.eu-central-1.compute.internal", "SHA256:QKpIpUFVhbqNXSAPlTpfxVhXmJCDwIDmAFv2h9Fh9sQ",
        "/Users/JohnDoe/Library/Application/Keys/Prod2024/IdRsa",
        "0123456789abcdef0123456789abcdef0123456789abcdef",
        "-o StrictHostKeyChecking=no -o ServerAliveInterval=30 -i /run/secrets/SSH_PRIVATE_KEY",
        "db=-L 5432:Postgres-Main1:5432; web=-R 8080:localhost:80 probe=http:/healthz",
        "aes256-gcm@openssh.com,chacha20-poly1305@openssh.com", "4f9a8b7c1234567812345678",
        "4f9a8b7c-1234-5678-9abc-def012345678"}) {
    EXPECT_EQ(find_key(text), KeyText::none) << text;
  }
}

TEST(KeyText, an_address_with_a_password_is_told_from_one_with_a_port) {
  for (const std::string_view text : {"me:hunter2@host", "ssh://me:hunter2@host:22", "http://a:b@c"})
    EXPECT_TRUE(has_password(text)) << text;
  for (const std::string_view text :
       {"me@host:22", "host:22", "ssh://me@host:22", "[::1]:22", "me@local@target:SSH:login@gateway", ""})
    EXPECT_FALSE(has_password(text)) << text;
}

TEST(KeyText, a_refused_text_is_repeated_only_if_it_can_be_no_secret) {
  for (const std::string_view text :
       {"Tr0ub4dor3x", "me:hunter2@host", "xoxbA1b2C3d4", random_line, "-----BEGIN X"})
    EXPECT_TRUE(may_be_secret(text)) << text;
  for (const std::string_view text :
       {"ssh", "-L 8080:db", "bastion:ssh", "StrictHostKeyChecking", "http://web:80",
        "/run/postgresql/.s.PGSQL.5432", "22   # ssh", "10.0.0.256"})
    EXPECT_FALSE(may_be_secret(text)) << text;
}

}  // namespace
}  // namespace towline::config
