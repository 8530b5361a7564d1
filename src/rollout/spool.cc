#include "rollout/spool.h"

#include <algorithm>
#include <filesystem>

#include <stdlib.h>
#include <unistd.h>

namespace ccloud::rollout {

namespace {

constexpr std::size_t in_memory = std::size_t{64} << 10;

ssh::Fd open_unseen() {
  std::error_code problem;
  auto name = (std::filesystem::temp_directory_path(problem) / "ccloud-output-XXXXXX").string();
  ssh::Fd file(::mkostemp(name.data(), 0x80000 /* O_CLOEXEC */));
  if (file.get() >= 0) ::unlink(name.c_str());
  return file;
}

}  // namespace

void Spool::add(std::string_view data) {
  if (size_ + data.size() > limit_) {
    is_cut_ = true;
    data = data.substr(0, static_cast<std::size_t>(limit_ - size_));
  }
  hash_.add(data);
  size_ += data.size();
  if (file_.get() < 0 && memory_.size() + data.size() <= in_memory) {
    memory_ += data;
    return;
  }
  if (file_.get() < 0) file_ = open_unseen();
  while (!data.empty() && file_.get() >= 0) {
    const auto count = ::write(file_.get(), data.data(), data.size());
    if (count <= 0) break;
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  if (!data.empty()) {  // no room for a file: what does not fit in memory is lost, and said to be
    size_ -= data.size();
    is_cut_ = true;
    limit_ = size_;
  }
}

std::string Spool::read() const {
  std::string all = memory_;
  if (file_.get() < 0) return all;
  all.resize(static_cast<std::size_t>(size_));
  std::size_t done = memory_.size();
  off_t at = 0;
  while (done < all.size()) {
    const auto count = ::pread(file_.get(), all.data() + done, all.size() - done, at);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
    at += count;
  }
  all.resize(done);
  return all;
}

const std::string& Spool::digest() {
  if (digest_.empty()) digest_ = hash_.hex();
  return digest_;
}

}  // namespace ccloud::rollout
