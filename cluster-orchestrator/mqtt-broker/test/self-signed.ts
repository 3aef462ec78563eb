import { generateKeyPairSync, sign } from "node:crypto";

/** DER: tag, length, content. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const hex = (text: string): Buffer => Buffer.from(text, "hex");
const ecdsaWithSha256 = der(0x30, hex("06082a8648ce3d040302"));

function nameOf(commonName: string): Buffer {
  const value = der(0x0c, Buffer.from(commonName));
  return der(0x30, der(0x31, der(0x30, hex("0603550403"), value)));
}

/** `subjectAltName` with the common name and IPv4 addresses, as an extension of version 3. */
function alsoNamed(commonName: string, addresses: readonly string[]): Buffer {
  const names = [
    der(0x82, Buffer.from(commonName)),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split(".").map(Number)))),
  ];
  const extension = der(0x30, hex("0603551d11"), der(0x04, der(0x30, ...names)));
  return der(0xa3, der(0x30, extension));
}

/** A certificate for this test run: nothing secret lies in the repository, and nothing runs out. */
export function selfSigned(
  commonName: string,
  addresses: readonly string[] = [],
): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const validity = der(
    0x30,
    der(0x17, Buffer.from("200101000000Z")),
    der(0x17, Buffer.from("491231235959Z")),
  );
  const body = der(
    0x30,
    der(0xa0, der(0x02, hex("02"))),
    der(0x02, hex("01")),
    ecdsaWithSha256,
    nameOf(commonName),
    validity,
    nameOf(commonName),
    publicKey.export({ type: "spki", format: "der" }),
    alsoNamed(commonName, addresses),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const base64 = der(0x30, body, ecdsaWithSha256, signature).toString("base64");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
