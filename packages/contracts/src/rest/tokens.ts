import { z } from "zod";
import { Id } from "../ids.ts";
import { UserView } from "./accounts.ts";
import { visibleName } from "./visible-name.ts";

/** What an API token may do: `read` all GETs, `deploy` also applications and services, `admin` all that its owner may. */
export const SCOPES = ["read", "deploy", "admin"] as const;
export const Scope = z.enum(SCOPES).meta({ id: "Scope" });
export type Scope = z.infer<typeof Scope>;

/** With which every API token begins, so that programs that look for leaked secrets find it. */
export const API_TOKEN_PREFIX = "oak_";

const tenYearsS = 10 * 366 * 24 * 60 * 60;

/** `POST /api/tokens`. */
export const ApiTokenWish = z
  .strictObject({
    name: visibleName(64),
    scopes: z
      .array(Scope)
      .min(1)
      .max(SCOPES.length)
      .transform((scopes) => [...new Set(scopes)]),
    expires_in_s: z.int().min(1).max(tenYearsS).exactOptional().describe("absent: never"),
  })
  .meta({
    id: "ApiTokenWish",
    examples: [{ name: "ci", scopes: ["deploy"], expires_in_s: 2_592_000 }],
  });
export type ApiTokenWish = z.infer<typeof ApiTokenWish>;

const seconds = z.int().min(0);
const view = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(Scope),
  created_at: seconds.describe("Unix seconds"),
  expires_at: seconds.nullable().describe("Unix seconds; null: never"),
  last_used_at: seconds.nullable().describe("Unix seconds, to the minute; null: never"),
});

/** `GET /api/tokens`. */
export const ApiTokenView = view.meta({ id: "ApiToken" });
export type ApiTokenView = z.infer<typeof ApiTokenView>;

/** The one answer that shows the token itself. */
export const NewApiToken = view
  .extend({ token: z.string().describe("send it as Bearer; it is not shown again") })
  .meta({ id: "NewApiToken" });
export type NewApiToken = z.infer<typeof NewApiToken>;

/** `GET /api/auth/me`: whose token a request carries, and what kind it is. */
export const WhoAmI = UserView.extend({
  organization: Id.describe("the organization that the token is for"),
  organization_name: z.string(),
  session: z.enum(["user", "api_token"]).describe("user: from a login"),
  token: view
    .pick({ id: true, name: true, scopes: true, expires_at: true })
    .exactOptional()
    .describe("with an API token alone"),
}).meta({
  id: "WhoAmI",
  examples: [
    {
      _id: { $oid: "65f0c0ffee65f0c0ffee65f0" },
      name: "eve",
      email: "eve@example.org",
      created_at: "22/11/2026 08:00",
      roles: ["Application_Provider"],
      organization: "65f0c0ffee65f0c0ffee65f1",
      organization_name: "lab",
      session: "user",
    },
  ],
});
export type WhoAmI = z.infer<typeof WhoAmI>;
