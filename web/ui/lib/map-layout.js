// Where the cells of a map stand: batch by batch, in the order in which the servers are reset. Pure.

const SIZES = [26, 22, 18, 15, 13, 11, 9, 8, 7, 6, 5];
const MOST_BLOCKS = 600;
const LABEL = 15;
const MOST_LABELS = 80;

/**
 * The largest cells with which `count` of them fit into `width` by about `height`. `size` is that of a batch, or 0.
 * Gives `{cell, step, height, blocks, place(i), at(x, y)}`; each block is `{first, count, x, y, columns}`.
 */
export function layOut(count, size, width, height) {
  const inBlocks = size > 1 && size < count && Math.ceil(count / size) <= MOST_BLOCKS;
  const perBlock = inBlocks ? size : Math.max(count, 1);
  for (const cell of SIZES) {
    const made = attempt(count, perBlock, inBlocks, cell, width);
    if (made.height <= height || cell === SIZES[SIZES.length - 1]) return made;
  }
  return null;
}

function attempt(count, perBlock, inBlocks, cell, width) {
  const gap = cell >= 13 ? 3 : cell >= 8 ? 2 : 1;
  const step = cell + gap;
  const most = Math.max(1, Math.floor((width + gap) / step));
  const columns = Math.min(most, inBlocks ? Math.max(Math.ceil(Math.sqrt(perBlock * 2)), 2) : most, perBlock);
  const rows = Math.ceil(perBlock / columns);
  const between = inBlocks ? Math.max(10, cell) : 0;
  const labelled = inBlocks && Math.ceil(count / perBlock) <= MOST_LABELS;
  const top = labelled ? LABEL : 0;
  const blockWidth = columns * step - gap;
  const blockHeight = rows * step - gap + top;
  const across = Math.max(1, Math.floor((width + between) / (blockWidth + between)));
  const blocks = [];
  for (let first = 0, n = 0; first < count; first += perBlock, n += 1) {
    blocks.push({
      first,
      count: Math.min(perBlock, count - first),
      columns,
      x: (n % across) * (blockWidth + between),
      y: Math.floor(n / across) * (blockHeight + between) + top,
    });
  }
  return {
    cell,
    step,
    columns,
    labelled,
    blocks,
    inBlocks,
    height: Math.max(0, Math.ceil(blocks.length / across) * (blockHeight + between) - between),
    place(index) {
      const block = blocks[Math.floor(index / perBlock)];
      const inside = index - block.first;
      return { x: block.x + (inside % columns) * step, y: block.y + Math.floor(inside / columns) * step };
    },
    at(x, y) {
      const column = Math.floor(x / (blockWidth + between));
      const row = Math.floor(y / (blockHeight + between));
      if (column < 0 || column >= across || row < 0) return -1;
      const block = blocks[row * across + column];
      if (!block) return -1;
      const [cx, cy] = [Math.floor((x - block.x) / step), Math.floor((y - block.y) / step)];
      if (cx < 0 || cx >= columns || cy < 0) return -1;
      const index = block.first + cy * columns + cx;
      return index < block.first + block.count ? index : -1;
    },
  };
}
