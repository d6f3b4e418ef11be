// A TensorFlow session for Node. A graph is opened once with a ConfigProto. Calls are prepared once: names are resolved, types and
// shapes are checked. A call runs either at once, or on the session's own thread so that JavaScript is not blocked. Feeds are copied
// when a call is made, so the caller may reuse its arrays at once. Only TensorFlow's C API and Node-API are used.
#include <node_api.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tensorflow/c/c_api.h"

namespace {

struct Status {
  TF_Status *status = TF_NewStatus();
  ~Status() { TF_DeleteStatus(status); }
  bool ok() const { return TF_GetCode(status) == TF_OK; }
  std::string message() const { return TF_Message(status); }
};

struct DeleteTensor {
  void operator()(TF_Tensor *tensor) const { TF_DeleteTensor(tensor); }
};
using Tensor = std::unique_ptr<TF_Tensor, DeleteTensor>;

/** A feed: its placeholder, and the placeholder's type, shape and size in bytes. */
struct Feed {
  TF_Output output;
  TF_DataType type;
  std::vector<int64_t> shape;
  size_t bytes;
};

/** A prepared call: what it is fed, what it fetches, and the other nodes that it runs. */
struct Call {
  std::vector<Feed> feeds;
  std::vector<TF_Output> fetches;
  std::vector<TF_Operation *> targets;
};

/** One execution of a call: the values of its feeds, and its outputs or its error. */
struct Execution {
  const Call *call;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::string error;
  napi_deferred deferred = nullptr;
};

struct Session {
  TF_Graph *graph = nullptr;
  TF_Session *session = nullptr;
  std::vector<std::unique_ptr<Call>> calls;
  napi_threadsafe_function deliver = nullptr;
  /** The number of executions that JavaScript waits for. Only JavaScript's thread changes it. */
  int pending = 0;

  /** Protects the members below. */
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::unique_ptr<Execution>> queue;
  bool running = false;
  bool ending = false;
  std::thread thread;
};

/** The open sessions. A process that exits waits for their running calls, because it then destroys TensorFlow's global variables. */
struct OpenSessions {
  std::mutex mutex;
  std::vector<Session *> all;

  static void stop(Session *session) {
    {
      std::lock_guard<std::mutex> lock(session->mutex);
      session->ending = true;
      session->queue.clear();
    }
    session->changed.notify_all();
    if (session->thread.joinable()) session->thread.join();
  }
  ~OpenSessions() {
    for (Session *session : all) stop(session);
  }
  void add(Session *session) {
    std::lock_guard<std::mutex> lock(mutex);
    all.push_back(session);
  }
  void remove(Session *session) {
    std::lock_guard<std::mutex> lock(mutex);
    for (size_t i = 0; i < all.size(); i++)
      if (all[i] == session) all.erase(all.begin() + i--);
  }
};
OpenSessions open_sessions;

/** Bytes per element; 0 for a type that JavaScript cannot hold. */
size_t elementBytes(TF_DataType type) { return type == TF_FLOAT || type == TF_INT32 ? 4 : type == TF_UINT8 ? 1 : 0; }

void execute(Session &session, Execution &execution) {
  const Call &call = *execution.call;
  std::vector<TF_Output> inputs;
  std::vector<TF_Tensor *> values;
  for (size_t i = 0; i < call.feeds.size(); i++) {
    inputs.push_back(call.feeds[i].output);
    values.push_back(execution.inputs[i].get());
  }
  std::vector<TF_Tensor *> results(call.fetches.size(), nullptr);
  Status status;
  TF_SessionRun(session.session, nullptr, inputs.data(), values.data(), static_cast<int>(inputs.size()),
                call.fetches.data(), results.data(), static_cast<int>(results.size()), call.targets.data(),
                static_cast<int>(call.targets.size()), nullptr, status.status);
  execution.inputs.clear();
  for (TF_Tensor *result : results) execution.outputs.emplace_back(result);
  if (!status.ok()) execution.error = status.message();
}

/** The session's thread: executes the queue in order. */
void work(Session *session) {
  std::unique_lock<std::mutex> lock(session->mutex);
  for (;;) {
    session->changed.wait(lock, [&] { return session->ending || !session->queue.empty(); });
    if (session->ending) return;
    std::unique_ptr<Execution> execution = std::move(session->queue.front());
    session->queue.pop_front();
    session->running = true;
    lock.unlock();
    execute(*session, *execution);
    lock.lock();
    session->running = false;
    session->changed.notify_all();
    // The lock is released here, because closing the session takes it.
    lock.unlock();
    napi_call_threadsafe_function(session->deliver, execution.release(), napi_tsfn_nonblocking);
    lock.lock();
  }
}

napi_value fail(napi_env env, const std::string &message) {
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

napi_value undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

std::string readText(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

std::vector<std::string> readTexts(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < length; i++) {
    napi_value element = nullptr;
    napi_get_element(env, array, i, &element);
    texts.push_back(readText(env, element));
  }
  return texts;
}

struct Bytes {
  void *data = nullptr;
  size_t size = 0;
  TF_DataType type = TF_UINT8;
};

/** Reads the memory and the element type of a typed array. Returns false for any other value. */
bool readArray(napi_env env, napi_value value, Bytes &bytes) {
  bool is_array = false;
  napi_is_typedarray(env, value, &is_array);
  if (!is_array) return false;
  napi_typedarray_type type;
  size_t length = 0;
  if (napi_get_typedarray_info(env, value, &type, &length, &bytes.data, nullptr, nullptr) != napi_ok) return false;
  if (type == napi_float32_array) bytes.type = TF_FLOAT;
  else if (type == napi_int32_array) bytes.type = TF_INT32;
  else if (type != napi_uint8_array) return false;
  bytes.size = length * elementBytes(bytes.type);
  return true;
}

std::vector<napi_value> readArguments(napi_env env, napi_callback_info info, size_t count) {
  std::vector<napi_value> values(count, nullptr);
  napi_get_cb_info(env, info, &count, values.data(), nullptr, nullptr);
  return values;
}

Session *readSession(napi_env env, napi_value value) {
  void *data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) return nullptr;
  return static_cast<std::shared_ptr<Session> *>(data)->get();
}

napi_value copyToArray(napi_env env, const TF_Tensor *tensor) {
  const TF_DataType type = TF_TensorType(tensor);
  const size_t bytes = TF_TensorByteSize(tensor);
  const size_t size = elementBytes(type);
  if (size == 0) return fail(env, "a fetched tensor has a type that JavaScript cannot hold");
  void *data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok) return fail(env, "Array buffer allocation failed");
  if (bytes > 0) std::memcpy(data, TF_TensorData(tensor), bytes);
  const napi_typedarray_type kind =
      type == TF_FLOAT ? napi_float32_array : type == TF_INT32 ? napi_int32_array : napi_uint8_array;
  napi_create_typedarray(env, kind, bytes / size, buffer, 0, &array);
  return array;
}

napi_value toArrays(napi_env env, const Execution &execution) {
  napi_value all = nullptr;
  napi_create_array_with_length(env, execution.outputs.size(), &all);
  for (size_t i = 0; i < execution.outputs.size(); i++) {
    napi_value array = copyToArray(env, execution.outputs[i].get());
    if (array == nullptr) return nullptr;
    napi_set_element(env, all, static_cast<uint32_t>(i), array);
  }
  return all;
}

napi_value createError(napi_env env, const std::string &message) {
  napi_value text = nullptr;
  napi_value error = nullptr;
  napi_create_string_utf8(env, message.data(), message.size(), &text);
  napi_create_error(env, nullptr, text, &error);
  return error;
}

/** Runs in JavaScript's thread: settles the promise of an execution. */
void settle(napi_env env, napi_value, void *context, void *data) {
  std::unique_ptr<Execution> execution(static_cast<Execution *>(data));
  Session *session = static_cast<Session *>(context);
  if (env == nullptr) return;
  if (--session->pending == 0) napi_unref_threadsafe_function(env, session->deliver);
  napi_value outputs = execution->error.empty() ? toArrays(env, *execution) : nullptr;
  if (outputs != nullptr) {
    napi_resolve_deferred(env, execution->deferred, outputs);
    return;
  }
  napi_value error = nullptr;
  bool thrown = false;
  napi_is_exception_pending(env, &thrown);
  if (thrown) napi_get_and_clear_last_exception(env, &error);
  else error = createError(env, execution->error);
  napi_reject_deferred(env, execution->deferred, error);
}

/** Ends the thread of a session, and closes the session. Further calls do nothing. */
void release(Session *session) {
  open_sessions.remove(session);
  OpenSessions::stop(session);
  Status status;
  if (session->session != nullptr) {
    TF_CloseSession(session->session, status.status);
    TF_DeleteSession(session->session, status.status);
    session->session = nullptr;
  }
  if (session->graph != nullptr) TF_DeleteGraph(session->graph);
  session->graph = nullptr;
}

// JavaScript's handle and the function that delivers results both own the session. Which of them is destroyed first depends on how
// the process ends.

void dropHandle(napi_env, void *data, void *) {
  std::unique_ptr<std::shared_ptr<Session>> owner(static_cast<std::shared_ptr<Session> *>(data));
  release(owner->get());
  if ((*owner)->deliver != nullptr) napi_release_threadsafe_function((*owner)->deliver, napi_tsfn_abort);
}

void dropDelivery(napi_env, void *data, void *) {
  std::unique_ptr<std::shared_ptr<Session>> owner(static_cast<std::shared_ptr<Session> *>(data));
  release(owner->get());
  (*owner)->deliver = nullptr;
}

/** open(graph: Uint8Array, config: Uint8Array): returns a session. Throws an error with TensorFlow's message. */
napi_value open(napi_env env, napi_callback_info info) {
  const auto arguments = readArguments(env, info, 2);
  Bytes graph, config;
  if (!readArray(env, arguments[0], graph) || !readArray(env, arguments[1], config))
    return fail(env, "open needs a graph and a config, each a Uint8Array");
  auto session = std::make_shared<Session>();
  Status status;
  session->graph = TF_NewGraph();
  TF_Buffer *definition = TF_NewBufferFromString(graph.data, graph.size);
  TF_ImportGraphDefOptions *import = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(session->graph, definition, import, status.status);
  TF_DeleteImportGraphDefOptions(import);
  TF_DeleteBuffer(definition);
  TF_SessionOptions *options = TF_NewSessionOptions();
  if (status.ok() && config.size > 0) TF_SetConfig(options, config.data, config.size, status.status);
  if (status.ok()) session->session = TF_NewSession(session->graph, options, status.status);
  TF_DeleteSessionOptions(options);
  if (!status.ok()) {
    if (session->session == nullptr) TF_DeleteGraph(session->graph);
    return fail(env, status.message());
  }
  napi_value name = nullptr;
  napi_create_string_utf8(env, "doubletime step", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, new std::shared_ptr<Session>(session), dropDelivery,
                                  session.get(), settle, &session->deliver);
  napi_unref_threadsafe_function(env, session->deliver);
  open_sessions.add(session.get());
  napi_value external = nullptr;
  napi_create_external(env, new std::shared_ptr<Session>(session), dropHandle, nullptr, &external);
  return external;
}

TF_Operation *findOperation(const Session &session, const std::string &name) {
  return session.graph == nullptr ? nullptr : TF_GraphOperationByName(session.graph, name.c_str());
}

/** Reads type and shape of a placeholder. Returns false if its shape is not fixed, or JavaScript cannot hold its type. */
bool readFeed(const Session &session, TF_Operation *operation, Feed &feed) {
  feed.output = {operation, 0};
  feed.type = TF_OperationOutputType(feed.output);
  feed.bytes = elementBytes(feed.type);
  Status status;
  const int rank = TF_GraphGetTensorNumDims(session.graph, feed.output, status.status);
  if (!status.ok() || rank < 0 || feed.bytes == 0) return false;
  feed.shape.resize(rank);
  if (rank > 0) TF_GraphGetTensorShape(session.graph, feed.output, feed.shape.data(), rank, status.status);
  for (int64_t size : feed.shape) {
    if (size < 0) return false;
    feed.bytes *= static_cast<size_t>(size);
  }
  return status.ok();
}

/** prepare(session, feeds: string[], fetches: string[], targets: string[]), with names of nodes: returns the number of the call. */
napi_value prepare(napi_env env, napi_callback_info info) {
  const auto arguments = readArguments(env, info, 4);
  Session *session = readSession(env, arguments[0]);
  if (session == nullptr || session->session == nullptr) return fail(env, "the session is closed");
  auto call = std::make_unique<Call>();
  for (const std::string &name : readTexts(env, arguments[1])) {
    TF_Operation *operation = findOperation(*session, name);
    Feed feed;
    if (operation == nullptr || !readFeed(*session, operation, feed))
      return fail(env, "the graph has no input " + name + " with a fixed shape");
    call->feeds.push_back(std::move(feed));
  }
  for (const std::string &name : readTexts(env, arguments[2])) {
    TF_Operation *operation = findOperation(*session, name);
    if (operation == nullptr) return fail(env, "the graph has no node " + name);
    call->fetches.push_back({operation, 0});
  }
  for (const std::string &name : readTexts(env, arguments[3])) {
    TF_Operation *operation = findOperation(*session, name);
    if (operation == nullptr) return fail(env, "the graph has no node " + name);
    call->targets.push_back(operation);
  }
  session->calls.push_back(std::move(call));
  napi_value number = nullptr;
  napi_create_uint32(env, static_cast<uint32_t>(session->calls.size() - 1), &number);
  return number;
}

/**
 * Reads the arguments of a call (session, number, typed arrays), and copies the arrays. Throws in JavaScript and returns null if they
 * do not fit the call.
 */
std::unique_ptr<Execution> makeExecution(napi_env env, napi_callback_info info, Session *&session) {
  const auto arguments = readArguments(env, info, 3);
  session = readSession(env, arguments[0]);
  uint32_t number = 0;
  uint32_t count = 0;
  napi_get_value_uint32(env, arguments[1], &number);
  napi_get_array_length(env, arguments[2], &count);
  if (session == nullptr || session->session == nullptr) return fail(env, "the session is closed"), nullptr;
  if (number >= session->calls.size() || session->calls[number]->feeds.size() != count)
    return fail(env, "the call does not exist, or has another number of feeds"), nullptr;
  auto execution = std::make_unique<Execution>();
  execution->call = session->calls[number].get();
  for (uint32_t i = 0; i < count; i++) {
    const Feed &feed = execution->call->feeds[i];
    napi_value element = nullptr;
    napi_get_element(env, arguments[2], i, &element);
    Bytes bytes;
    if (!readArray(env, element, bytes) || bytes.type != feed.type || bytes.size != feed.bytes)
      return fail(env, std::string("the feed ") + TF_OperationName(feed.output.oper) + " has " +
                           std::to_string(bytes.size) + " bytes or another type, expected " + std::to_string(feed.bytes) +
                           " bytes"),
             nullptr;
    Tensor tensor(TF_AllocateTensor(feed.type, feed.shape.data(), static_cast<int>(feed.shape.size()), feed.bytes));
    if (tensor == nullptr) return fail(env, "out of memory: a feed cannot be allocated"), nullptr;
    if (feed.bytes > 0) std::memcpy(TF_TensorData(tensor.get()), bytes.data, feed.bytes);
    execution->inputs.push_back(std::move(tensor));
  }
  return execution;
}

/** run(session, call, feeds): waits for the calls that were started, and then executes this call. Returns the fetched arrays. */
napi_value run(napi_env env, napi_callback_info info) {
  Session *session = nullptr;
  auto execution = makeExecution(env, info, session);
  if (!execution) return nullptr;
  {
    std::unique_lock<std::mutex> lock(session->mutex);
    session->changed.wait(lock, [&] { return session->queue.empty() && !session->running; });
  }
  execute(*session, *execution);
  if (!execution->error.empty()) return fail(env, execution->error);
  return toArrays(env, *execution);
}

void dropStaged(napi_env, void *data, void *) { delete static_cast<std::unique_ptr<Execution> *>(data); }

/** stage(session, call, feeds): copies the feeds, and returns a staged call, which can be started once. */
napi_value stage(napi_env env, napi_callback_info info) {
  Session *session = nullptr;
  auto execution = makeExecution(env, info, session);
  if (!execution) return nullptr;
  auto *staged = new std::unique_ptr<Execution>(std::move(execution));
  napi_value external = nullptr;
  if (napi_create_external(env, staged, dropStaged, nullptr, &external) == napi_ok) return external;
  delete staged;
  return fail(env, "out of memory: a call cannot be staged");
}

/**
 * start(session, staged): executes a staged call on the session's thread. Calls run in the order in which they were started. Returns a
 * promise of the fetched arrays.
 */
napi_value start(napi_env env, napi_callback_info info) {
  const auto arguments = readArguments(env, info, 2);
  Session *session = readSession(env, arguments[0]);
  void *data = nullptr;
  if (session == nullptr || session->session == nullptr) return fail(env, "the session is closed");
  if (napi_get_value_external(env, arguments[1], &data) != napi_ok) return fail(env, "start needs a staged call");
  std::unique_ptr<Execution> execution = std::move(*static_cast<std::unique_ptr<Execution> *>(data));
  if (!execution) return fail(env, "a staged call can be started only once");
  napi_value promise = nullptr;
  if (napi_create_promise(env, &execution->deferred, &promise) != napi_ok) return fail(env, "a promise cannot be created");
  if (session->pending++ == 0) napi_ref_threadsafe_function(env, session->deliver);
  {
    std::lock_guard<std::mutex> lock(session->mutex);
    if (!session->thread.joinable()) session->thread = std::thread(work, session);
    session->queue.push_back(std::move(execution));
  }
  session->changed.notify_all();
  return promise;
}

/** close(session): waits for the running call, rejects the calls after it, and releases the graph and its variables. */
napi_value close(napi_env env, napi_callback_info info) {
  Session *session = readSession(env, readArguments(env, info, 1)[0]);
  if (session == nullptr) return undefined(env);
  std::deque<std::unique_ptr<Execution>> dropped;
  {
    std::lock_guard<std::mutex> lock(session->mutex);
    dropped.swap(session->queue);
  }
  for (const auto &execution : dropped) {
    if (--session->pending == 0) napi_unref_threadsafe_function(env, session->deliver);
    napi_reject_deferred(env, execution->deferred, createError(env, "the session was closed before this call"));
  }
  release(session);
  return undefined(env);
}

napi_value initialize(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"open", nullptr, open, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"prepare", nullptr, prepare, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"run", nullptr, run, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"stage", nullptr, stage, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"start", nullptr, start, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"close", nullptr, close, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 6, functions);
  return exports;
}

}  // namespace

NAPI_MODULE(step_session, initialize)
