import { MongoClient } from "mongodb";
import type { OrganizationDocument, UserDocument } from "../src/store/documents.ts";
import { plainPasswords } from "./harness.ts";

/** Adds a user to the organization `root` behind the service's back; its password is its name. */
export async function addUser(
  { url, name }: { url: string; name: string },
  user: string,
  roles: string[],
): Promise<void> {
  const client = new MongoClient(url);
  const db = client.db(name);
  const id = Buffer.from(user.padEnd(12, "-").slice(0, 12)).toString("hex");
  await db.collection<UserDocument>("users").insertOne({
    _id: id,
    name: user,
    email: "",
    password: await plainPasswords.hash(user),
    created_at: "01/01/2026 00:00",
  });
  await db
    .collection<OrganizationDocument>("organizations")
    .updateOne({ name: "root" }, { $push: { member: { user_id: id, roles } } });
  await client.close();
}

/** Deletes a user the same way. */
export async function removeUser(
  { url, name }: { url: string; name: string },
  user: string,
): Promise<void> {
  const client = new MongoClient(url);
  await client.db(name).collection("users").deleteOne({ name: user });
  await client.close();
}
