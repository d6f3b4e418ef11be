import { createRequire } from 'node:module';

/** The part of tfjs-node's generated protobuf code (tensorflow/core/framework/*.proto) that is needed to write a graph. */
export interface AttributeMessage {
  setType(dtype: number): void;
  setShape(shape: object): void;
  setS(bytes: Uint8Array): void;
  setI(value: number): void;
  setF(value: number): void;
  setB(value: boolean): void;
  setList(list: object): void;
  setTensor(tensor: object): void;
}

interface Messages {
  AttrValue: {
    new (): AttributeMessage;
    ListValue: new () => { setIList(values: number[]): void };
  };
  TensorShape: {
    new (): { setDimList(dimensions: object[]): void };
    Dim: new () => { setSize(size: number): void };
  };
  Tensor: new () => {
    setDtype(dtype: number): void;
    setTensorShape(shape: object): void;
    setTensorContent(bytes: Uint8Array): void;
  };
  NodeDef: new () => {
    setOp(name: string): void;
    setName(name: string): void;
    setInputList(names: string[]): void;
    getAttrMap(): { set(name: string, value: AttributeMessage): void };
  };
  GraphDef: new () => {
    addNode(node: object): void;
    setVersions(versions: object): void;
    serializeBinary(): Uint8Array;
  };
  VersionDef: new () => { setProducer(version: number): void };
}

/** The generated classes. */
export const messages = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js') as Messages;

const attribute = (set: (value: AttributeMessage) => void): AttributeMessage => {
  const value = new messages.AttrValue();
  set(value);
  return value;
};

/** The value of a type attribute, from a TF_DataType. */
export const typeValue = (dtype: number): AttributeMessage =>
  attribute((value) => {
    value.setType(dtype);
  });

const shapeMessage = (shape: readonly number[]): object => {
  const message = new messages.TensorShape();
  message.setDimList(
    shape.map((size) => {
      const dimension = new messages.TensorShape.Dim();
      dimension.setSize(size);
      return dimension;
    }),
  );
  return message;
};

/** The value of a shape attribute. */
export const shapeValue = (shape: readonly number[]): AttributeMessage =>
  attribute((value) => {
    value.setShape(shapeMessage(shape));
  });

/** The value of a string attribute. */
export const textValue = (text: string): AttributeMessage =>
  attribute((value) => {
    value.setS(Buffer.from(text));
  });

/** The value of a float attribute. */
export const floatValue = (number: number): AttributeMessage =>
  attribute((value) => {
    value.setF(number);
  });

/** The value of a boolean attribute. */
export const boolValue = (flag: boolean): AttributeMessage =>
  attribute((value) => {
    value.setB(flag);
  });

/** The value of an attribute with an integer or a list of integers. */
export const integerValue = (numbers: number | readonly number[]): AttributeMessage =>
  attribute((value) => {
    if (typeof numbers === 'number') {
      value.setI(numbers);
      return;
    }
    const list = new messages.AttrValue.ListValue();
    list.setIList([...numbers]);
    value.setList(list);
  });

/** The value of a constant: its bytes in memory (little endian). */
export const tensorValue = (
  shape: readonly number[],
  dtype: number,
  values: Float32Array | Int32Array | Uint8Array,
): AttributeMessage =>
  attribute((value) => {
    const tensor = new messages.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(shapeMessage(shape));
    const { buffer, byteOffset, byteLength } = values;
    tensor.setTensorContent(new Uint8Array(buffer, byteOffset, byteLength).slice());
    value.setTensor(tensor);
  });
