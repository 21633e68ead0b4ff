// The synthesiser in the audio thread: what it is told comes as messages, so a page that is slow does not crackle.
class Player extends AudioWorkletProcessor {
  constructor({ processorOptions: { bytes, seed } }) {
    super();
    const { memory, ...synth } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    this.synth = synth;
    this.memory = memory;
    this.samples = null;
    synth.sound_begin(sampleRate, seed);
    this.port.onmessage = ({ data }) => {
      new Float32Array(memory.buffer, synth.sound_levels(), synth.sound_floats()).set(data);
      synth.sound_hear();
    };
  }

  process(_, [[left, right]]) {
    const at = this.synth.sound_render(left.length);
    if (this.samples?.buffer !== this.memory.buffer) this.samples = new Float32Array(this.memory.buffer);
    for (let i = 0, from = at / 4; i < left.length; i += 1, from += 2) {
      left[i] = this.samples[from];
      if (right) right[i] = this.samples[from + 1];
    }
    return true;
  }
}

registerProcessor("tidepool", Player);
