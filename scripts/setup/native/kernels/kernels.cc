// doubletime's own CPU kernels. Loading this addon registers their ops with TensorFlow; `complete` tells whether TensorFlow accepted
// all of them.
#include <node_api.h>

#include "kernel.h"

static bool registerAll() {
  bool complete = true;
  for (const auto &ops : {doubletime::batchNormOps(), doubletime::channelOps(), doubletime::imageOps(),
                          doubletime::updateOps(), doubletime::filterGradientOps(), doubletime::linearGradientOps(),
                          doubletime::depthwiseOps(), doubletime::depthwiseFilterOps()})
    for (const doubletime::Op &op : ops) complete = doubletime::registerOp(op) && complete;
  return complete;
}

static napi_value initialize(napi_env env, napi_value exports) {
  // A second thread of Node loads the addon again, but the ops belong to the process.
  static const bool complete = registerAll();
  napi_value value = nullptr;
  napi_get_boolean(env, complete, &value);
  napi_set_named_property(env, exports, "complete", value);
  return exports;
}

NAPI_MODULE(doubletime_kernels, initialize)
