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

/** Text of several lines, such as logs: line feeds and tabs stay, all else that a terminal obeys is shown, not done. */
export function harmless(text: string): string {
  return text
    .replaceAll(/\r(?=\n)/g, "")
    .replaceAll(/[^\P{Cc}\n\t]/gu, shown)
    .replaceAll(unseen, "");
}

const unseen = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/** `\x1b` as `^[`, as `cat -v` does. */
function shown(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 ? `^${String.fromCharCode(code + 64)}` : code === 0x7f ? "^?" : "\ufffd";
}
