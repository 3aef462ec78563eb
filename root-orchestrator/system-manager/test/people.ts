import { decodeJwt } from "jose";
import { type Answer, type Harness, startHarness, type TestDatabase } from "./harness.ts";

/** A client of one user. */
export interface Person {
  name: string;
  id: string;
  /** of the organization that the token is for */
  organization: string;
  token: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** A system with people in it, made through the API like everybody's. Passwords are the names. */
export interface People {
  harness: Harness;
  admin: Person;
  /** For tests that turn the clock on by more than a token lives. */
  renewAdmin(): Promise<void>;
  /** Makes a user; in the organization of that name, which is made too when it is missing. */
  add(name: string, roles: string[], organization?: string): Promise<Person>;
  login(name: string, organization?: string, password?: string): Promise<Person>;
  /** id of an organization by its name */
  organizationId(name: string): Promise<string>;
}

export async function startPeople(
  database: TestDatabase,
  options: Parameters<typeof startHarness>[1] = {},
): Promise<People> {
  const harness = await startHarness(database, options);
  const personWith = (name: string, token: string): Person => {
    const claims = decodeJwt(token);
    return {
      name,
      token,
      id: String(claims["uid"]),
      organization: String(claims["organization"]),
      call: (method, path, body) =>
        harness.call(method, path, { token, ...(body === undefined ? {} : { body }) }),
    };
  };
  const login = async (name: string, organization = "root", password = name): Promise<Person> => {
    const { body } = await harness.call("POST", "/api/auth/login", {
      body: { username: name, password, organization_name: organization },
    });
    if (body.token === undefined) throw new Error(`no login of ${name}: ${JSON.stringify(body)}`);
    return personWith(name, body.token);
  };
  const admin = await login("Admin");
  // A login that is renewed must be so for everybody who holds on to `admin`.
  const renewAdmin = async (): Promise<void> => void Object.assign(admin, await login("Admin"));
  const organizations = async (): Promise<{ _id: { $oid: string }; name: string }[]> =>
    (await admin.call("GET", "/api/organization/")).body;
  const organizationId = async (name: string): Promise<string> => {
    const known = (await organizations()).find((one) => one.name === name);
    if (known !== undefined) return known._id.$oid;
    return JSON.parse((await admin.call("POST", "/api/organization/", { name })).body);
  };
  return {
    harness,
    admin,
    renewAdmin,
    login,
    organizationId,
    add: async (name, roles, organization = "root") => {
      const body = { name, password: name, email: `${name}@example.org`, roles };
      const inRoot = organization === "root";
      const made = await admin.call("POST", "/api/auth/register", {
        ...body,
        roles: inRoot ? roles : [],
      });
      if (made.status !== 200) throw new Error(`no user ${name}: ${JSON.stringify(made.body)}`);
      if (!inRoot)
        await moveTo(
          admin,
          { userId: made.body._id.$oid, roles },
          await organizationId(organization),
        );
      return login(name, organization);
    },
  };
}

/** Out of the organization root, into another one. */
async function moveTo(
  admin: Person,
  { userId, roles }: { userId: string; roles: string[] },
  organizationId: string,
): Promise<void> {
  const { body } = await admin.call("GET", "/api/organization/");
  for (const { _id, member } of body) {
    const others = member.filter((one: { user_id: string }) => one.user_id !== userId);
    const isHome = _id.$oid === organizationId;
    const wanted = isHome ? [...others, { user_id: userId, roles }] : others;
    if (!isHome && others.length === member.length) continue;
    await admin.call("PUT", `/api/organization/${_id.$oid}`, { member: wanted });
  }
}
