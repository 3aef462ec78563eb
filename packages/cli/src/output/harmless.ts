/**
 * What others have written, as one line that can neither move the cursor nor pass for further lines. Characters that turn the
 * direction of text are control characters, too.
 */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .replaceAll(unseen, "")
    .trim();
}

/** The same, with the spaces as they are: for lines that were aligned. */
export function withoutPower(text: string): string {
  return text.replaceAll(/[^\S ]|\p{Cc}/gu, " ").replaceAll(unseen, "");
}

/** Text of several lines, such as logs: line feeds and tabs stay, all else that a terminal obeys is shown, not done. */
export function harmless(text: string): string {
  return text
    .replaceAll(/\r(?=\n)/g, "")
    .replaceAll(/[^\P{Cc}\n\t]/gu, shown)
    .replaceAll(unseen, "");
}

/**
 * JSON that says the same, in which nothing is left that a terminal obeys: JSON itself escapes only what is below the space.
 */
export function escapedJson(json: string): string {
  return json.replaceAll(powerful, escaped);
}

/** Whether a text holds what `escapedJson` would change. */
export function isPowerful(text: string): boolean {
  return text.search(powerful) !== -1;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const powerful = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;
const unseen = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/** `\x1b` as `^[`, as `cat -v` does. */
function shown(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 ? `^${String.fromCharCode(code + 64)}` : code === 0x7f ? "^?" : "\ufffd";
}
