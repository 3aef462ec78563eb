import { z } from "zod";
import { Id } from "../ids.ts";

/** upstream: these four; only `Admin` opens doors at the moment. */
export const ROLES = [
  "Admin",
  "Organization_Admin",
  "Application_Provider",
  "Infrastructure_Provider",
] as const;

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
  })
  .meta({ id: "Login" });
export type Login = z.infer<typeof Login>;

export const LoginAnswer = z
  .object({
    token: z.string().describe("access token, RS256, 10 minutes"),
    refresh_token: z.string().describe("for `POST /api/auth/refresh` alone, 7 days"),
  })
  .meta({ id: "LoginAnswer" });
export type LoginAnswer = z.infer<typeof LoginAnswer>;

export const RefreshAnswer = z.object({ token: z.string() }).meta({ id: "RefreshAnswer" });
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
});
export type TokenClaims = z.infer<typeof TokenClaims>;

/** `GET /key`: with it anyone can check our tokens. */
export const PublicKey = z
  .object({ public_key: z.string().describe("PEM, SubjectPublicKeyInfo") })
  .meta({ id: "PublicKey" });
export type PublicKey = z.infer<typeof PublicKey>;

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
