// A link that holds what is on the page: program, text and mask, packed behind the address's #.

const LONGEST_LINK = 65536;

async function through(bytes, stream) {
  const passed = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(passed).arrayBuffer());
}

async function packed(state) {
  const bytes = await through(
    new TextEncoder().encode(JSON.stringify(state)),
    new CompressionStream("deflate-raw"),
  );
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// What a link says, or null where it is damaged. It comes from anyone: only texts are taken from it.
async function unpackedLink(hash) {
  if (hash.length > LONGEST_LINK) return null;
  try {
    const letters = atob(hash.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const whole = await through(bytes, new DecompressionStream("deflate-raw"));
    if (whole.length > 2 * LONGEST_LINK) return null;
    const { program, text, mask } = JSON.parse(new TextDecoder().decode(whole));
    return [program, text, mask].every((one) => typeof one === "string")
      ? { program, text, mask }
      : null;
  } catch {
    return null;
  }
}
