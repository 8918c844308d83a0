using VMUNet.Data.Processing;
using VMUNet.Jobs.Routing;

namespace VMUNet.Jobs.Tests.Routing;

public sealed class ModelRouterTests
{
    private const string MrImage = "1.2.840.10008.5.1.4.1.1.4";
    private const string CtImage = "1.2.840.10008.5.1.4.1.1.2";
    private const string Photo = "1.2.840.10008.5.1.4.1.1.77.1.4";

    [Theory]
    [InlineData("MR", MrImage, "ABDOMEN", "", "abdomen-mr")]
    [InlineData("mr", MrImage, "abdomen ", "", "abdomen-mr")]
    [InlineData("MR", MrImage, "", "T2 SPIR LEBER axial", "abdomen-mr")]
    [InlineData("MR", MrImage, "", "", "abdomen-mr")]
    [InlineData("MR", MrImage, "HEAD", "t2 tse tra", null)]
    [InlineData("MR", MrImage, "", "brain", null)]
    [InlineData("CT", CtImage, "ABDOMEN", "", "abdomen-ct")]
    [InlineData("CT", MrImage, "ABDOMEN", "", null)]
    [InlineData("XC", Photo, "SKIN", "", "lesion-dermoscopy")]
    [InlineData("XC", Photo, "EYE", "fundus", null)]
    [InlineData("US", "1.2.840.10008.5.1.4.1.1.6.1", "ABDOMEN", "", null)]
    public void The_default_routes_send_each_series_where_the_table_says(
        string modality, string sopClass, string bodyPart, string description, string? route)
    {
        RoutingVerdict verdict = new ModelRouter(RouteFile.Load(null)).Choose(Series(modality, sopClass, bodyPart, description));

        Assert.Equal(route, verdict.Route?.Name);
        Assert.NotEmpty(verdict.Reasons);
    }

    [Fact]
    public void The_first_route_that_fits_wins_and_the_others_say_why_not()
    {
        var router = new ModelRouter(RouteFile.Parse("""
            { "routes": [
              { "name": "heads", "modalities": ["MR"], "bodyParts": ["HEAD"], "model": "a" },
              { "name": "urgent", "modalities": ["MR"], "descriptionPatterns": ["^stat\\b"], "model": "b", "priority": "stat" },
              { "name": "rest", "modalities": ["MR"], "model": "c", "destinations": ["pacs1"] } ] }
            """, "test"));

        RoutingVerdict urgent = router.Choose(Series("MR", MrImage, "ABDOMEN", "Stat abdomen"));
        RoutingVerdict rest = router.Choose(Series("MR", MrImage, "ABDOMEN", "statistics"));

        Assert.Equal(("urgent", RoutePriority.Stat), (urgent.Route!.Name, urgent.Route.Priority));
        Assert.Equal(["pacs1"], rest.Route!.Destinations);
        Assert.Equal(3, rest.Reasons.Count);
        Assert.StartsWith("not heads: body part 'ABDOMEN' is not listed", rest.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Reasons_repeat_no_free_text_of_the_header()
    {
        RoutingVerdict verdict = new ModelRouter(RouteFile.Load(null)).Choose(Series("MR", MrImage, "", "liver of John Doe"));

        Assert.DoesNotContain("Doe", string.Join(' ', verdict.Reasons), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "routes": [] }""", "it has no routes")]
    [InlineData("""{ "routes": [ { "name": "a", "model": "m" } ] }""", "has no condition")]
    [InlineData("""{ "routes": [ { "name": "a", "modalities": ["CT"], "model": "m" }, { "name": "a", "modalities": ["MR"], "model": "m" } ] }""", "occurs twice")]
    [InlineData("""{ "routes": [ { "name": "a", "descriptionPatterns": ["("], "model": "m" } ] }""", "is no regular expression")]
    [InlineData("""{ "routes": [ { "name": "a", "modalitys": ["CT"], "model": "m" } ] }""", "modalitys")]
    [InlineData("{", "is not valid")]
    public void A_faulty_route_file_is_refused_and_says_what_is_wrong(string json, string fault) =>
        Assert.Contains(fault, Assert.Throws<RouteFileException>(() => RouteFile.Parse(json, "routes.json")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Every_priority_has_its_queue_and_stat_sorts_first() =>
        Assert.Equal(["a-stat", "b-routine", "c-batch"], Enum.GetValues<RoutePriority>().Select(JobQueues.Of).Order(StringComparer.Ordinal));

    private static SeriesFacts Series(string modality, string sopClass, string bodyPart, string description) => new()
    {
        SeriesId = 1,
        SeriesInstanceUid = "1.2",
        StudyInstanceUid = "1",
        Revision = 1,
        Modality = modality,
        SopClassUid = sopClass,
        BodyPart = bodyPart,
        StudyDescription = "",
        SeriesDescription = description,
        ProtocolName = "",
    };
}
