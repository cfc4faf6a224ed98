import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, begin, load, requests } from "./browser.mjs";

const { Refused, Stale, Unreachable, get, post } = await load("api");

test("a request says who sends it, and survives leaving the page", async () => {
  begin(answer(200, { fine: true }));

  assert.deepEqual(await post("/api/x", { item_id: "a" }), { fine: true });
  const [sent] = requests;
  assert.deepEqual(sent.body, { item_id: "a" });
  assert.equal(sent.headers["X-CSRFToken"], "a-token");
  assert.equal(sent.headers["X-Viewer"], "a-viewer");
  assert.equal(sent.keepalive, true);
});

for (const [status, kind] of [[400, Refused], [403, Refused], [404, Refused], [409, Stale], [429, Unreachable], [500, Unreachable], [503, Unreachable]]) {
  test(`${status} is ${kind.name}`, async () => {
    begin(answer(status), answer(status));

    await assert.rejects(post("/x", {}), kind);
    await assert.rejects(get("/x"), kind);
  });
}

test("a server that names a pause is asked again after it", async () => {
  begin(answer(503, {}, { "Retry-After": "7" }), answer(503));

  await assert.rejects(post("/x", {}), { retryAfterSeconds: 7 });
  await assert.rejects(post("/x", {}), { retryAfterSeconds: 1 });
});

test("no answer at all may be another one later", async () => {
  begin(new TypeError("no network"));

  await assert.rejects(post("/x", {}), Unreachable);
});
