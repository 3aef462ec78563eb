import { z } from "zod";
import { Id } from "../ids.ts";
import { visibleName } from "./visible-name.ts";

/**
 * upstream: these four. `Admin` may do everything of every organization, `Organization_Admin` manages the members of
 * the own one, `Application_Provider` deploys, `Infrastructure_Provider` manages clusters and nodes.
 */
export const ROLES = [
  "Admin",
  "Organization_Admin",
  "Application_Provider",
  "Infrastructure_Provider",
] as const;

export const Role = z.enum(ROLES).meta({ id: "Role" });
export type Role = z.infer<typeof Role>;

const roleList = z
  .array(Role)
  .max(ROLES.length * 2)
  .transform((roles) => [...new Set(roles)]);

/** How ids of applications, services, users and organizations are shown (MongoDB's extended JSON). */
export const ObjectIdView = z.object({ $oid: Id }).meta({ id: "ObjectId" });
export type ObjectIdView = z.infer<typeof ObjectIdView>;

/** `POST /api/auth/login`. upstream: reads `organization_name`, its documentation says `organization`. */
export const Login = z
  .looseObject({
    username: z.string().min(1).max(256),
    password: z.string().max(1024),
    organization_name: z.string().max(256).exactOptional().describe('default: "root"'),
    organization: z.string().max(256).exactOptional().describe("the same, in an older spelling"),
    rotate: z
      .boolean()
      .exactOptional()
      .describe("each refresh of this session gives a new refresh token and ends the one before"),
  })
  .meta({ id: "Login", examples: [{ username: "Admin", password: "…" }] });
export type Login = z.infer<typeof Login>;

export const LoginAnswer = z
  .object({
    token: z.string().describe("access token, RS256, 10 minutes"),
    refresh_token: z.string().describe("for `POST /api/auth/refresh` alone, 7 days"),
  })
  .meta({ id: "LoginAnswer" });
export type LoginAnswer = z.infer<typeof LoginAnswer>;

/** `POST /api/auth/refresh`; upstream ignores the body. */
export const Refresh = z
  .looseObject({
    rotate: z.boolean().exactOptional().describe("answer a new refresh token, end this one"),
  })
  .meta({ id: "Refresh", examples: [{}, { rotate: true }] });
export type Refresh = z.infer<typeof Refresh>;

export const RefreshAnswer = z
  .object({
    token: z.string(),
    refresh_token: z.string().exactOptional().describe("when rotating; the old one is void"),
  })
  .meta({ id: "RefreshAnswer" });
export type RefreshAnswer = z.infer<typeof RefreshAnswer>;

/** What a token says. The dashboard decodes `exp`, `sub`, `roles` and `organization` itself. */
export const TokenClaims = z.looseObject({
  sub: z.string(),
  user: z.string(),
  roles: z.array(z.string()),
  organization: z.string(),
  type: z.enum(["access", "refresh"]),
  fresh: z.boolean().exactOptional(),
  iat: z.int(),
  nbf: z.int(),
  exp: z.int(),
  jti: z.string(),
  uid: Id.exactOptional().describe("id of the user; ours, as are the following"),
  sid: z.string().exactOptional().describe("the session, that is the login, that this came from"),
  gen: z.int().exactOptional().describe("how often the password had been changed"),
  rotating: z.boolean().exactOptional().describe("of a session that asked for it"),
});
export type TokenClaims = z.infer<typeof TokenClaims>;

/** `GET /key`: with it anyone can check our tokens. */
export const PublicKey = z
  .object({ public_key: z.string().describe("PEM, SubjectPublicKeyInfo") })
  .meta({ id: "PublicKey" });
export type PublicKey = z.infer<typeof PublicKey>;

const userName = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[\p{L}\p{N}._@+-]+( [\p{L}\p{N}._@+-]+)*$/u,
    "letters, digits and . _ @ + - with single spaces between",
  );
const email = z
  .string()
  .max(254)
  .regex(/^$|^[^\s@<>",;:()]+@[^\s@<>",;:()]+$/, "an address of mail, or nothing");
/** In UTF-16 units; a limit only so that hashing is bounded. */
const password = z.string().max(1024);
const createdAt = z.string().describe("dd/mm/YYYY HH:MM; absent or in another form: now");

/** `POST /api/auth/register`; what else is in the body is ignored. */
export const Registration = z
  .looseObject({
    name: userName,
    password: password.min(1),
    email: email.default(""),
    roles: roleList.default([]).describe("in the organization of the caller"),
    created_at: createdAt.exactOptional(),
  })
  .meta({
    id: "Registration",
    examples: [
      { name: "eve", password: "…", email: "eve@example.org", roles: ["Application_Provider"] },
    ],
  });
export type Registration = z.infer<typeof Registration>;

/** `PUT /api/user/{name}`: what is absent stays, and so does a password that is empty. */
export const UserChange = z
  .looseObject({
    name: z.string().exactOptional().describe("must be that of the path, or absent"),
    email: email.exactOptional(),
    password: password.nullish().describe("empty or absent: stays"),
    roles: roleList.exactOptional().describe("in the organization of the caller"),
  })
  .meta({ id: "UserChange", examples: [{ email: "eve@example.org" }, { roles: ["Admin"] }] });
export type UserChange = z.infer<typeof UserChange>;

/** `POST /api/user/{name}`. */
export const PasswordChange = z
  .looseObject({ oldPassword: password, newPassword: password.min(1) })
  .meta({ id: "PasswordChange" });
export type PasswordChange = z.infer<typeof PasswordChange>;

/** `POST /api/user/`. */
export const PasswordResetWish = z
  .looseObject({
    username: z.string().min(1).max(256),
    domain: z
      .string()
      .max(256)
      .exactOptional()
      .describe("of the dashboard; used when the operator has listed it"),
  })
  .meta({ id: "PasswordResetWish" });
export type PasswordResetWish = z.infer<typeof PasswordResetWish>;

/** `PUT /api/user/`. */
export const PasswordReset = z
  .looseObject({ token: z.string().max(256).describe("from the mail"), password: password.min(1) })
  .meta({ id: "PasswordReset" });
export type PasswordReset = z.infer<typeof PasswordReset>;

/** `GET /api/user/{name}`; never with a hash of the password. */
export const UserView = z
  .object({
    _id: ObjectIdView,
    name: z.string(),
    email: z.string(),
    created_at: z.string().describe("dd/mm/YYYY HH:MM"),
    roles: z.array(z.string()).describe("in the organization of the token"),
  })
  .meta({ id: "User" });
export type UserView = z.infer<typeof UserView>;

/** `GET /api/permission/{name}`. */
export const Permission = z.object({ roles: z.array(z.string()) }).meta({ id: "Permission" });
export type Permission = z.infer<typeof Permission>;

export const OrganizationView = z
  .object({
    _id: ObjectIdView,
    name: z.string(),
    member: z.array(z.object({ user_id: Id, roles: z.array(z.string()) })),
  })
  .meta({ id: "Organization" });
export type OrganizationView = z.infer<typeof OrganizationView>;

const organizationName = visibleName(64);
const members = z
  .array(z.looseObject({ user_id: Id, roles: roleList }))
  .max(10_000)
  .refine((list) => new Set(list.map((one) => one.user_id)).size === list.length, {
    message: "names a user twice",
  });

/** `POST /api/organization/`; what else is in the body is ignored. */
export const OrganizationWrite = z
  .looseObject({ name: organizationName, member: members.default([]) })
  .meta({ id: "OrganizationWrite", examples: [{ name: "lab", member: [] }] });
export type OrganizationWrite = z.infer<typeof OrganizationWrite>;

/** `PUT /api/organization/{id}`: what is absent stays. upstream: it becomes null. */
export const OrganizationChange = z
  .looseObject({ name: organizationName.exactOptional(), member: members.exactOptional() })
  .meta({
    id: "OrganizationChange",
    examples: [
      { member: [{ user_id: "65f0c0ffee65f0c0ffee65f0", roles: ["Application_Provider"] }] },
    ],
  });
export type OrganizationChange = z.infer<typeof OrganizationChange>;
