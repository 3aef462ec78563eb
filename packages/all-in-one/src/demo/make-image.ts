import { createExampleImage } from "./image.ts";

/** `npm run example-image`: for those who deploy the examples themselves. It stays until it is removed. */
try {
  const { name } = await createExampleImage();
  process.stdout.write(
    `${name} is there, made of this machine's busybox; \`docker rmi ${name}\` removes it\n`,
  );
} catch (error) {
  process.stderr.write(
    `The image was not made: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
