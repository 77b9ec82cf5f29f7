// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/control_client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include <httplib.h>

#include "host/app/admin/control_socket.hpp"
#include "host/app/admin/socket_name.hpp"
#include "host/app/cli/config_file.hpp"
#include "host/base/config/build.hpp"
#include "host/base/config/load.hpp"

namespace tidegate::cli {
namespace {

constexpr std::chrono::seconds kToConnect{2};
constexpr std::chrono::seconds kToAnswer{10};
constexpr int kOk = 200;

// Ports mean nothing on a Unix socket; without this one the library would write it into the path.
constexpr int kNoPort = 80;

std::filesystem::path state_dir_of_file(const std::filesystem::path& file) {
  const config::StateDirResult loaded = config::load_state_dir(file, config::process_environment());
  print_findings(std::cerr, loaded.findings);
  if (loaded.state_dir) return *loaded.state_dir;
  throw NoConfiguration("host.state_dir of " + file.string() +
                        " cannot be told; name the folder with --state-dir DIR");
}

[[noreturn]] void nobody_answers(const std::filesystem::path& socket) {
  if (::access(socket.c_str(), F_OK) == 0 && ::access(socket.c_str(), R_OK | W_OK) != 0) {
    throw std::runtime_error("the control socket " + socket.string() +
                             " is not open to this user; run the command as the host's user");
  }
  throw std::runtime_error("no host answers at " + socket.string() +
                           "; start it with `tidegate run`, or name its configuration (-c FILE) "
                           "or its state folder (--state-dir DIR)");
}

std::string without_line_end(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::filesystem::path state_dir_of(const ControlTarget& target) {
  if (!target.state_dir.empty()) return std::filesystem::absolute(target.state_dir);
  if (!target.file.empty()) return state_dir_of_file(target.file);
  std::filesystem::path found;
  try {
    found = choose_config_file("");
  } catch (const NoConfiguration&) {
    return config::default_state_dir(config::process_environment());
  }
  return state_dir_of_file(found);
}

ControlClient::ControlClient(const std::filesystem::path& state_dir)
    : socket_(control_socket_path(state_dir)) {}

nlohmann::ordered_json ControlClient::get(const std::string& path) const {
  return ask(Method::get, path, kToAnswer);
}

nlohmann::ordered_json ControlClient::post(const std::string& path,
                                           std::chrono::seconds at_most) const {
  return ask(Method::post, path, at_most);
}

nlohmann::ordered_json ControlClient::ask(Method method, const std::string& path,
                                          std::chrono::seconds at_most) const {
  const SocketName name(socket_);
  httplib::Client client(name.text(), kNoPort);
  client.set_address_family(AF_UNIX);
  client.set_default_headers({{"Host", "localhost"}});
  client.set_url_encode(false);  // path_part has done it
  client.set_connection_timeout(kToConnect);
  client.set_read_timeout(at_most);
  const httplib::Result result = method == Method::get ? client.Get(path) : client.Post(path);
  if (!result && result.error() == httplib::Error::Connection) nobody_answers(socket_);
  if (!result) {
    throw std::runtime_error("the host at " + socket_.string() + " gave no answer (" +
                             httplib::to_string(result.error()) + "); is it about to end?");
  }
  if (result->status != kOk) throw std::runtime_error(without_line_end(result->body));
  auto answer = nlohmann::ordered_json::parse(result->body, nullptr, false);
  if (answer.is_discarded()) {
    throw std::runtime_error("the answer of the host at " + socket_.string() +
                             " is not understood; is it of another version?");
  }
  return answer;
}

std::string path_part(const std::string& text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string part;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      part += c;
    } else {
      part += '%';
      part += kDigits[byte >> 4U];
      part += kDigits[byte & 0xFU];
    }
  }
  return part;
}

}  // namespace tidegate::cli
