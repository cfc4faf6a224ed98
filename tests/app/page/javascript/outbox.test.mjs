import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { answer, begin, load, requests } from "./browser.mjs";

const { Outbox } = await load("outbox");

function outbox() {
  const told = [];
  const made = new Outbox("u", "/api/interact");
  for (const type of ["saved", "refused", "stuck", "empty"]) {
    made.addEventListener(type, ({ detail }) => told.push([type, detail]));
  }
  return [made, told];
}

/** The interactions that were sent, in order. */
function sent() {
  return requests.map(({ body }) => [body.item_id, body.action]);
}

test("an interaction is kept until the server has it", async () => {
  begin(answer(200));
  const [box, told] = outbox();

  box.put("a", "like", "Alien");
  assert.match(localStorage.getItem("kinolenta.outbox.u"), /"a"/);
  await box.empty();

  assert.deepEqual(sent(), [["a", "like"]]);
  assert.equal(localStorage.getItem("kinolenta.outbox.u"), "{}");
  assert.deepEqual(told, [["saved", { itemId: "a", action: "like" }]]);
});

test("interactions go out one after the other, the oldest first", async () => {
  begin(answer(200), answer(200), answer(200));
  const [box] = outbox();

  for (const item of ["a", "b", "c"]) box.put(item, "like", item);
  await box.empty();

  assert.deepEqual(sent().map(([item]) => item), ["a", "b", "c"]);
});

test("an opinion does not replace that a title is wanted", async () => {
  begin(answer(200), answer(200));
  const [box] = outbox();

  box.put("a", "want", "Alien");
  box.put("a", "like", "Alien");
  assert.deepEqual(box.unsent(), [["a", "want"], ["a", "like"]]);
  await box.empty();

  assert.deepEqual(sent(), [["a", "want"], ["a", "like"]]);
  assert.deepEqual(box.unsent(), []);
});

test("who changes their mind while it is sent has the last word", async () => {
  begin(answer(200), answer(200));
  const [box] = outbox();

  box.put("a", "like", "Alien");
  box.put("a", "dislike", "Alien");
  await box.empty();

  assert.deepEqual(sent(), [["a", "like"], ["a", "dislike"]]);
});

test("what the server refuses is told, and not sent again", async () => {
  begin(answer(422), answer(200));
  const [box, told] = outbox();

  box.put("a", "like", "Alien");
  box.put("b", "like", "Brazil");
  await box.empty();

  assert.deepEqual(told.map(([type]) => type), ["refused", "saved"]);
  assert.equal(told[0][1].title, "Alien");
});

test("while the server is away everything is kept, and sent after a pause", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  begin(answer(503), answer(200), answer(200));
  const [box, told] = outbox();
  box.put("a", "like", "Alien");
  box.put("b", "like", "Brazil");
  await settled(() => told.length === 1);
  assert.deepEqual(told, [["stuck", { count: 2 }]]);
  assert.equal(requests.length, 1);

  mock.timers.tick(1999);
  assert.equal(requests.length, 1);
  mock.timers.tick(1);
  await settled(() => told.length === 4);
  mock.timers.reset();

  assert.deepEqual(told.map(([type]) => type), ["stuck", "saved", "saved", "empty"]);
  assert.deepEqual(sent(), [["a", "like"], ["a", "like"], ["b", "like"]]);
});

/** Let promises go on, without any clock, until a condition holds. */
async function settled(condition) {
  for (let turn = 0; turn < 1000 && !condition(); turn += 1) await new Promise(setImmediate);
  assert.ok(condition());
}
