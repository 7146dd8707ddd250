-- What wrk sends. REQUESTS names a Lua file that returns { path =, unique =, items = { { token =, body = }, … } }.
-- Where `unique` is set, @@ in a body becomes a text that never comes twice.
local load = dofile(os.getenv("REQUESTS"))
local prefix = os.getenv("PREFIX")
local count, at, sent, ready = #load.items, 0, 0, {}

local function format(item, body)
  local headers = { ["content-type"] = "application/json", ["authorization"] = "Bearer " .. item.token }
  return wrk.format("POST", load.path, headers, body)
end

function init()
  if load.unique then return end
  for number, item in ipairs(load.items) do ready[number] = format(item, item.body) end
end

function request()
  at = at % count + 1
  if not load.unique then return ready[at] end
  sent = sent + 1
  local item = load.items[at]
  return format(item, (item.body:gsub("@@", prefix .. "-" .. sent)))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n@@{"requests":%d,"micros":%d,"p50":%d,"p99":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.bytes,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
