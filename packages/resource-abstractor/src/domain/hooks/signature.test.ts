import { expect, test } from "vitest";
import { signatureOf } from "./signature.ts";

const body =
  '{"entity":"applications","entity_id":"65f0c0ffee65f0c0ffee65f0","event":"post_create"}';

// Made with: printf '%s.%s' 1700000000 "$body" | openssl dgst -sha256 -hmac "$key"
test.each([
  ["whsec_test", body, "ecad62f1380dae3c3d6bbb65178d0f85443004b6988da88ec709699842bfb90c"],
  ["key with ünicode", "{}", "644d0b056fe959311267b9104374d87e0cc11e7c4bc17944b4cf27e35b2f094c"],
])("the signature by %j is what other programs make of it", (key, text, code) => {
  expect(signatureOf([key], { timestampS: 1_700_000_000, body: text })).toBe(
    `t=1700000000,v1=${code}`,
  );
});

test("each key signs, the first one first", () => {
  const [one = "", other = ""] = ["one", "other"].map((key) =>
    signatureOf([key], { timestampS: 1, body }).replace("t=1,", ""),
  );
  expect(signatureOf(["one", "other"], { timestampS: 1, body })).toBe(`t=1,${one},${other}`);
});
