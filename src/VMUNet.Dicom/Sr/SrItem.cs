using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Content items of a structured report (PS3.3 C.17.3), one method a value type.</summary>
internal static class SrItem
{
    public const string Contains = "CONTAINS";
    public const string HasConceptModifier = "HAS CONCEPT MOD";
    public const string HasObservationContext = "HAS OBS CONTEXT";

    /// <summary>A container; the root has no relationship.</summary>
    public static DicomDataset Container(string? relationship, CodedConcept name, IEnumerable<DicomDataset> content)
    {
        var item = Item(relationship, "CONTAINER", name);
        item.Add(DicomTag.ContinuityOfContent, "SEPARATE");
        return With(item, content);
    }

    /// <summary>Names the template (PS3.16) that a container follows.</summary>
    public static DicomDataset Following(this DicomDataset container, string template)
    {
        container.Add(new DicomSequence(DicomTag.ContentTemplateSequence, new DicomDataset
        {
            { DicomTag.MappingResource, "DCMR" },
            { DicomTag.TemplateIdentifier, template },
        }));
        return container;
    }

    public static DicomDataset Text(string relationship, CodedConcept name, string text)
    {
        var item = Item(relationship, "TEXT", name);
        item.Add(DicomTag.TextValue, text);
        return item;
    }

    public static DicomDataset Code(
        string relationship, CodedConcept name, CodedConcept value, params IEnumerable<DicomDataset> content)
    {
        var item = Item(relationship, "CODE", name);
        item.Add(new DicomSequence(DicomTag.ConceptCodeSequence, SegSegments.Code(value)));
        return With(item, content);
    }

    public static DicomDataset Uid(string relationship, CodedConcept name, string uid)
    {
        var item = Item(relationship, "UIDREF", name);
        item.Add(DicomTag.UID, uid);
        return item;
    }

    public static DicomDataset Number(
        CodedConcept name, double value, CodedConcept unit, params IEnumerable<DicomDataset> content)
    {
        var item = Item(Contains, "NUM", name);
        item.Add(new DicomSequence(DicomTag.MeasuredValueSequence, new DicomDataset
        {
            { DicomTag.NumericValue, DicomText.ToDecimalString(value) },
            new DicomSequence(DicomTag.MeasurementUnitsCodeSequence, SegSegments.Code(unit)),
        }));
        return With(item, content);
    }

    /// <summary>A reference to an image, or to a segment of a SEG.</summary>
    public static DicomDataset Image(CodedConcept? name, string sopClass, string sopInstance, int? segment = null)
    {
        var reference = new DicomDataset
        {
            { DicomTag.ReferencedSOPClassUID, sopClass },
            { DicomTag.ReferencedSOPInstanceUID, sopInstance },
        };
        if (segment is { } number)
        {
            reference.Add(DicomTag.ReferencedSegmentNumber, (ushort)number);
        }
        var item = Item(Contains, "IMAGE", name);
        item.Add(new DicomSequence(DicomTag.ReferencedSOPSequence, reference));
        return item;
    }

    private static DicomDataset Item(string? relationship, string type, CodedConcept? name)
    {
        var item = new DicomDataset().NotValidated();
        if (relationship is not null)
        {
            item.Add(DicomTag.RelationshipType, relationship);
        }
        item.Add(DicomTag.ValueType, type);
        if (name is not null)
        {
            item.Add(new DicomSequence(DicomTag.ConceptNameCodeSequence, SegSegments.Code(name)));
        }
        return item;
    }

    private static DicomDataset With(DicomDataset item, IEnumerable<DicomDataset> content)
    {
        DicomDataset[] items = [.. content];
        if (items.Length > 0)
        {
            item.Add(new DicomSequence(DicomTag.ContentSequence, items));
        }
        return item;
    }
}
