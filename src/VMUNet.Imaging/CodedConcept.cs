namespace VMUNet.Imaging;

/// <summary>A concept as DICOM codes it (PS3.3 8.8): value and scheme are the identity, the meaning is for people.</summary>
/// <param name="Value">Code value, for example 10200004.</param>
/// <param name="Scheme">Coding scheme designator, for example SCT.</param>
/// <param name="Meaning">Code meaning, for example Liver.</param>
public sealed record CodedConcept(string Value, string Scheme, string Meaning);
