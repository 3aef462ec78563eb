import { z } from "zod";

/** Which mail service sends: none, the one in these settings, or the one that the operator has set for the process. */
export const MAIL_SERVICES = ["None", "Custom", "Oakestra"] as const;

const shape = {
  type: z.enum(MAIL_SERVICES),
  address: z
    .string()
    .max(255)
    .regex(/^[\w.:[\]-]*$/, "a host name or an IP address")
    .default("")
    .describe("host of the SMTP server"),
  port: z.int().min(1).max(65_535).default(587),
  username: z.string().max(256).default(""),
  ssl: z.boolean().default(false).describe("TLS from the first byte; else STARTTLS if offered"),
};

/** `GET /api/settings`: the mail service in the dashboard's form, without the password. */
export const SettingsView = z.object(shape).meta({ id: "Settings" });
export type SettingsView = z.infer<typeof SettingsView>;

/** `PUT /api/settings`. */
export const SettingsChange = z
  .object({
    ...shape,
    password: z
      .string()
      .max(1024)
      .nullish()
      .describe("empty or absent: stays, while address, port and user name stay as well"),
  })
  .refine(({ type, address }) => type !== "Custom" || address !== "", {
    path: ["address"],
    message: "is needed for a mail service of one's own",
  })
  .meta({
    id: "SettingsChange",
    examples: [
      {
        type: "Custom",
        address: "smtp.example.org",
        port: 465,
        username: "oakestra@example.org",
        password: "…",
        ssl: true,
      },
      { type: "None" },
    ],
  });
export type SettingsChange = z.infer<typeof SettingsChange>;

/** The same as the form of the dashboard sends it: everything as text. */
export const SettingsForm = z.preprocess(asSettings, SettingsChange);

/** What is empty is absent; and when the form is opened once more, its tick of `ssl` stands in for the password. */
function asSettings(form: unknown): unknown {
  if (typeof form !== "object" || form === null) return form;
  const { port, password, ...others } = { port: undefined, password: undefined, ...form };
  return {
    ...others,
    ...(port === "" ? {} : { port: isDigits(port) ? Number(port) : port }),
    ...(typeof password === "boolean" ? {} : { password }),
  };
}

function isDigits(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,5}$/.test(value);
}
