import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { closed, inbox, startBroker, until, workerA } from "./broker.ts";
import { selfSigned } from "./self-signed.ts";

test("with a certificate the broker speaks TLS, and credentials count as before", async () => {
  const tls = selfSigned("localhost");
  const { port } = await startBroker({ tls });
  const connect = async (password: string) => {
    const client = await connectAsync(`mqtts://127.0.0.1:${port}`, {
      ca: tls.cert,
      servername: "localhost",
      clientId: workerA,
      username: workerA,
      password,
      reconnectPeriod: 0,
    });
    onTestFinished(() => {
      client.end(true);
    });
    return client;
  };
  const client = await connect(`pw-${workerA}`);
  const received = inbox(client);
  await client.subscribeAsync(`nodes/${workerA}/#`);
  await client.publishAsync(`nodes/${workerA}/job`, "secret", { qos: 1 });
  await until(() => received.length === 1);
  await expect(connect("wrong")).rejects.toMatchObject({ code: 4 });
});

test("a client that speaks plain MQTT to a TLS broker is turned away", async () => {
  const { openSocket, metric } = await startBroker({ tls: selfSigned("localhost") });
  const socket = await openSocket();
  socket.resume();
  socket.write(Buffer.from([0x10, 0x0c, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 0]));
  await closed(socket);
  expect(await metric("mqtt_clients_refused_total")).toBe(1);
});
