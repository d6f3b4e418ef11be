// Opens tfjs's own context with the ConfigProto in DOUBLETIME_CONTEXT_CONFIG, its bytes in hexadecimal. tfjs is compiled with
// -DTFE_NewContextOptions=doubletime_NewContextOptions and -DTFE_NewContext=doubletime_NewContext. The context is the first in the
// process that uses a GPU, so its options decide how much of the GPU's memory the process takes. If the context cannot be created,
// tfjs does not report the reason; it is kept in DOUBLETIME_CONTEXT_ERROR.
#undef TFE_NewContextOptions
#undef TFE_NewContext
#include <cstdlib>
#include <string>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

static void keepError(TF_Status *status) {
  if (TF_GetCode(status) != TF_OK) setenv("DOUBLETIME_CONTEXT_ERROR", TF_Message(status), 1);
}

extern "C" TFE_ContextOptions *doubletime_NewContextOptions() {
  TFE_ContextOptions *options = TFE_NewContextOptions();
  const char *text = std::getenv("DOUBLETIME_CONTEXT_CONFIG");
  if (text == nullptr || *text == 0) return options;
  std::string bytes;
  for (size_t i = 0; text[i] != 0 && text[i + 1] != 0; i += 2)
    bytes.push_back(static_cast<char>(std::strtol(std::string(text + i, 2).c_str(), nullptr, 16)));
  TF_Status *status = TF_NewStatus();
  TFE_ContextOptionsSetConfig(options, bytes.data(), bytes.size(), status);
  keepError(status);
  TF_DeleteStatus(status);
  return options;
}

extern "C" TFE_Context *doubletime_NewContext(const TFE_ContextOptions *options, TF_Status *status) {
  TFE_Context *context = TFE_NewContext(options, status);
  keepError(status);
  return context;
}
