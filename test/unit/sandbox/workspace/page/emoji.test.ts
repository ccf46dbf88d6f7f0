// The names the app uses must all be drawn.

import { expect, it } from "vitest";
import { emojiCharacter } from "../../../../../sandbox/workspace/page/emoji.js";

it.each(
  `white_check_mark hourglass_flowing_sand large_orange_circle no_entry warning eyes mag leftwards_arrow_with_hook
   double_vertical_bar x white_large_square rotating_light wrench lock clipboard chart_with_upwards_trend
   information_source +1`.split(/\s+/),
)("knows :%s:", (name) => {
  expect(emojiCharacter(name)).toMatch(/\p{Extended_Pictographic}/u);
});

it("accepts colons and skin tones, and knows no made-up or inherited names", () => {
  expect(emojiCharacter(":wave::skin-tone-2:")).toBe("👋");
  expect(emojiCharacter("no_such_thing")).toBeUndefined();
  expect(emojiCharacter("constructor")).toBeUndefined();
});
