import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./browser.mjs";

const { translate } = await load("messages");

test("names in a text are replaced by values", () => {
  assert.equal(translate("found", { count: 3 }), "3 found");
  assert.equal(translate("none"), "nothing");
});
