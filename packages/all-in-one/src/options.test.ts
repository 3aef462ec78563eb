import { accountOptionsOf } from "@oak/system-manager";
import { expect, test } from "vitest";
import { readOptions } from "./options.ts";
import { DEFAULT_PORTS } from "./ports.ts";

test("without flags it listens on loopback, at the documented ports, with a worker", () => {
  const options = readOptions([], {});
  expect(options).toMatchObject({
    host: "127.0.0.1",
    withWorker: true,
    drain: false,
    ports: DEFAULT_PORTS,
  });
});

test("flags are taken", () => {
  const argv = ["--data-dir", "/srv/x", "--host", "0.0.0.0", "--no-worker", "--drain"];
  expect(readOptions(argv, {})).toMatchObject({
    dataDir: "/srv/x",
    host: "0.0.0.0",
    withWorker: false,
    drain: true,
  });
});

test("an offset moves every port", () => {
  const options = readOptions(["--port-offset", "1000"], {});
  expect(options).toMatchObject({ ports: { systemManager: 11_000, mqttBroker: 11_003 } });
});

test.each(["x", "1.5", "60000", "-10000"])(
  "an offset of %s is refused with what is allowed",
  (offset) => {
    expect(() => readOptions([`--port-offset=${offset}`], {})).toThrow(/whole number/);
  },
);

test("an unknown flag is refused", () => {
  expect(() => readOptions(["--hots", "x"], {})).toThrow(/hots/);
});

test("wrong variables are refused, all at once", () => {
  expect(() => readOptions([], { LOG_LEVEL: "loud", COMPAT_DOUBLE_ENCODED: "perhaps" })).toThrow(
    /LOG_LEVEL[\s\S]*COMPAT_DOUBLE_ENCODED|COMPAT_DOUBLE_ENCODED[\s\S]*LOG_LEVEL/,
  );
});

test("--help and --print-config print and hide the password", () => {
  expect(readOptions(["--help"], {})).toMatchObject({
    print: expect.stringContaining("--data-dir"),
  });
  const printed = readOptions(["--print-config"], { ADMIN_PASSWORD: "very-secret-1" });
  expect(JSON.stringify(printed)).not.toContain("very-secret-1");
});

test("mails and passwords are set as for the system-manager alone", () => {
  const options = readOptions([], {
    MAIL_USER: "oak@example.org",
    MAIL_PASSWORD: "hunter2",
    MAIL_PORT: "587",
    MAIL_SSL: "false",
    OAK_DASHBOARD_URLS: "https://oak.example.org",
    OAK_PASSWORD_MIN_LENGTH: "8",
  });
  if ("print" in options) throw new Error("nothing was to be printed");
  expect(accountOptionsOf(options.config)).toMatchObject({
    minPasswordLength: 8,
    mail: {
      operators: { address: "smtp.gmail.com", port: 587, ssl: false, username: "oak@example.org" },
      dashboardUrls: [new URL("https://oak.example.org")],
    },
  });
  expect(JSON.stringify(options)).not.toContain("hunter2");
});
