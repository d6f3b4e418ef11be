// doubletime's own kernels for the CPU. Loading this addon registers their ops with TensorFlow; `ops` names them.
#include <node_api.h>

#include "kernel.h"

static napi_value initialize(napi_env env, napi_value exports) {
  static std::vector<std::string> names;
  if (names.empty()) {
    for (const auto &ops : {doubletime::batchNormOps(), doubletime::channelOps(), doubletime::imageOps()})
      for (const doubletime::Op &op : ops)
        if (doubletime::registerOp(op)) names.push_back(op.name);
  }
  napi_value list = nullptr;
  napi_create_array_with_length(env, names.size(), &list);
  for (size_t i = 0; i < names.size(); i++) {
    napi_value name = nullptr;
    napi_create_string_utf8(env, names[i].c_str(), names[i].size(), &name);
    napi_set_element(env, list, i, name);
  }
  napi_set_named_property(env, exports, "ops", list);
  return exports;
}

NAPI_MODULE(doubletime_kernels, initialize)
