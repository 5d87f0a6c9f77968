// The data of the page: arrays are unpacked from base64 and zlib by the browser itself.

const ARRAYS = {
  uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array,
  uint32: Uint32Array, int32: Int32Array, float32: Float32Array, float64: Float64Array,
};

const KILOBYTES = Math.ceil(new Blob([document.documentElement.outerHTML]).size / 1000); // before it is filled

/** Returns the data of the page. */
function readData() {
  return unpacked(JSON.parse(byId("data").textContent));
}

/** Returns a value in which every packed array and list of texts is unpacked. */
async function unpacked(value) {
  if (value === null || typeof value !== "object") return value;
  if (typeof value.packed === "string") return unpackedArray(value);
  if (Array.isArray(value)) return isRecord(value[0]) ? Promise.all(value.map(unpacked)) : value;
  const entries = Object.entries(value).map(async ([key, part]) => [key, await unpacked(part)]);
  return Object.fromEntries(await Promise.all(entries));
}

const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

async function unpackedArray({ packed, data }) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  if (packed === "texts") return new TextDecoder().decode(buffer).split("\f");
  return new ARRAYS[packed](buffer);
}

/** Returns the frames of an episode, [steps + 1, cells] in one array, from its changes. */
function framesOf({ first, counts, cells, values }) {
  const size = first.length;
  const frames = new Uint16Array(size * (counts.length + 1));
  frames.set(first);
  let change = 0;
  for (let t = 1; t <= counts.length; t++) {
    frames.copyWithin(t * size, (t - 1) * size, t * size);
    for (const end = change + counts[t - 1]; change < end; change++) {
      frames[t * size + cells[change]] = values[change];
    }
  }
  return frames;
}
