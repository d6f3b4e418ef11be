// Two functions for Node: redirect(file) sends the standard error of the process to a file, and restore() undoes this. Both return
// whether they succeeded. TensorFlow prints messages while it is loaded, before it reads its log level, and JavaScript cannot capture
// what native code prints.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdio>

static int saved = -1;

static napi_value boolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

static napi_value redirect(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  char path[4096];
  size_t length = 0;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1 ||
      napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok || saved != -1) {
    return boolean(env, false);
  }
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file == -1) return boolean(env, false);
  fflush(stderr);
  saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const bool done = saved != -1 && dup2(file, STDERR_FILENO) != -1;
  close(file);
  return boolean(env, done);
}

static napi_value restore(napi_env env, napi_callback_info) {
  if (saved == -1) return boolean(env, false);
  fflush(stderr);
  const bool done = dup2(saved, STDERR_FILENO) != -1;
  close(saved);
  saved = -1;
  return boolean(env, done);
}

static napi_value initialize(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"redirect", nullptr, redirect, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"restore", nullptr, restore, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 2, functions);
  return exports;
}

NAPI_MODULE(standard_error, initialize)
